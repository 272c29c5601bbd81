using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace FieldCrm.Silo.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Spine : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(
                name: "fieldcrm");

            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:postgis", ",,");

            migrationBuilder.CreateSequence<int>(
                name: "device_id_seq",
                schema: "fieldcrm");

            migrationBuilder.CreateSequence<int>(
                name: "tenant_id_seq",
                schema: "fieldcrm");

            migrationBuilder.CreateTable(
                name: "alarm",
                schema: "fieldcrm",
                columns: table => new
                {
                    alarm_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    device_id = table.Column<int>(type: "integer", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    payload = table.Column<string>(type: "json", nullable: false),
                    is_withdrawn = table.Column<bool>(type: "boolean", nullable: false),
                    source_version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alarm", x => x.alarm_id);
                });

            migrationBuilder.CreateTable(
                name: "data_protection_key",
                schema: "fieldcrm",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    friendly_name = table.Column<string>(type: "text", nullable: true),
                    xml = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_data_protection_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "device_event",
                schema: "fieldcrm",
                columns: table => new
                {
                    device_id = table.Column<int>(type: "integer", nullable: false),
                    event_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    start_fixed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    start_hash = table.Column<long>(type: "bigint", nullable: false),
                    emitted_fixed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    emitted_hash = table.Column<long>(type: "bigint", nullable: false),
                    payload = table.Column<string>(type: "json", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_device_event", x => new { x.device_id, x.event_id });
                });

            migrationBuilder.CreateTable(
                name: "quarantine",
                schema: "fieldcrm",
                columns: table => new
                {
                    quarantine_id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    device_id = table.Column<int>(type: "integer", nullable: true),
                    reason = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    protocol = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    fixed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    raw = table.Column<byte[]>(type: "bytea", nullable: false),
                    raw_hash = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_quarantine", x => x.quarantine_id);
                });

            migrationBuilder.CreateTable(
                name: "tenant",
                schema: "fieldcrm",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    settings = table.Column<string>(type: "jsonb", nullable: false),
                    enrolment_token_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tenant", x => x.tenant_id);
                });

            migrationBuilder.CreateTable(
                name: "unregistered",
                schema: "fieldcrm",
                columns: table => new
                {
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    claimed_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    protocol = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    request_count = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_unregistered", x => new { x.tenant_id, x.claimed_id });
                });

            migrationBuilder.CreateTable(
                name: "app_user",
                schema: "fieldcrm",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    role = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    disabled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_app_user", x => x.user_id);
                    table.ForeignKey(
                        name: "FK_app_user_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalSchema: "fieldcrm",
                        principalTable: "tenant",
                        principalColumn: "tenant_id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "device",
                schema: "fieldcrm",
                columns: table => new
                {
                    device_id = table.Column<int>(type: "integer", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    unique_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    token_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    accepts_enrolment = table.Column<bool>(type: "boolean", nullable: false),
                    bare_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: true),
                    disabled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_device", x => x.device_id);
                    table.ForeignKey(
                        name: "FK_device_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalSchema: "fieldcrm",
                        principalTable: "tenant",
                        principalColumn: "tenant_id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "one_time_link",
                schema: "fieldcrm",
                columns: table => new
                {
                    link_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_one_time_link", x => x.link_hash);
                    table.ForeignKey(
                        name: "FK_one_time_link_app_user_user_id",
                        column: x => x.user_id,
                        principalSchema: "fieldcrm",
                        principalTable: "app_user",
                        principalColumn: "user_id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_alarm_tenant_id_started_at",
                schema: "fieldcrm",
                table: "alarm",
                columns: new[] { "tenant_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "IX_app_user_name",
                schema: "fieldcrm",
                table: "app_user",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_app_user_tenant_id",
                schema: "fieldcrm",
                table: "app_user",
                column: "tenant_id");

            migrationBuilder.CreateIndex(
                name: "IX_device_bare_id",
                schema: "fieldcrm",
                table: "device",
                column: "bare_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_device_tenant_id_unique_id",
                schema: "fieldcrm",
                table: "device",
                columns: new[] { "tenant_id", "unique_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_device_token_hash",
                schema: "fieldcrm",
                table: "device",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_device_event_device_id_emitted_fixed_at",
                schema: "fieldcrm",
                table: "device_event",
                columns: new[] { "device_id", "emitted_fixed_at" });

            migrationBuilder.CreateIndex(
                name: "IX_device_event_tenant_id_start_fixed_at",
                schema: "fieldcrm",
                table: "device_event",
                columns: new[] { "tenant_id", "start_fixed_at" });

            migrationBuilder.CreateIndex(
                name: "IX_one_time_link_user_id",
                schema: "fieldcrm",
                table: "one_time_link",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "IX_quarantine_device_id_reason_raw_hash",
                schema: "fieldcrm",
                table: "quarantine",
                columns: new[] { "device_id", "reason", "raw_hash" },
                unique: true)
                .Annotation("Npgsql:NullsDistinct", false);

            migrationBuilder.CreateIndex(
                name: "IX_quarantine_tenant_id_received_at",
                schema: "fieldcrm",
                table: "quarantine",
                columns: new[] { "tenant_id", "received_at" });

            migrationBuilder.CreateIndex(
                name: "IX_tenant_enrolment_token_hash",
                schema: "fieldcrm",
                table: "tenant",
                column: "enrolment_token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_tenant_name",
                schema: "fieldcrm",
                table: "tenant",
                column: "name",
                unique: true);

            migrationBuilder.Sql("SET LOCAL search_path = fieldcrm, public;");
            migrationBuilder.Sql(SqlResource.Read("spine.sql"));
            migrationBuilder.Sql("SET LOCAL search_path = DEFAULT;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("Stored data goes forward only: restore a backup to go back.");
    }
}
