using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace FieldCrm.Silo.Storage.Migrations
{
    /// <inheritdoc />
    public partial class People : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "holder_id",
                schema: "fieldcrm",
                table: "device",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "person_consent",
                schema: "fieldcrm",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    answered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    is_given = table.Column<bool>(type: "boolean", nullable: false),
                    purpose = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    channel = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    language = table.Column<string>(type: "character varying(2)", maxLength: 2, nullable: false),
                    notice_version = table.Column<int>(type: "integer", nullable: false),
                    retention_days = table.Column<int>(type: "integer", nullable: false),
                    text_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    withdrawn_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_person_consent", x => new { x.user_id, x.answered_at });
                    table.ForeignKey(
                        name: "FK_person_consent_app_user_user_id",
                        column: x => x.user_id,
                        principalSchema: "fieldcrm",
                        principalTable: "app_user",
                        principalColumn: "user_id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "person_erasure",
                schema: "fieldcrm",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    done_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    positions = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_person_erasure", x => new { x.user_id, x.requested_at });
                    table.ForeignKey(
                        name: "FK_person_erasure_app_user_user_id",
                        column: x => x.user_id,
                        principalSchema: "fieldcrm",
                        principalTable: "app_user",
                        principalColumn: "user_id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "person_look",
                schema: "fieldcrm",
                columns: table => new
                {
                    look_id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    device_id = table.Column<int>(type: "integer", nullable: false),
                    looked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    by_kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    what = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    from_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    to_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reason = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_person_look", x => x.look_id);
                });

            migrationBuilder.CreateTable(
                name: "person_shift",
                schema: "fieldcrm",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    consent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_why = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_person_shift", x => new { x.user_id, x.started_at });
                    table.ForeignKey(
                        name: "FK_person_shift_person_consent_user_id_consent_at",
                        columns: x => new { x.user_id, x.consent_at },
                        principalSchema: "fieldcrm",
                        principalTable: "person_consent",
                        principalColumns: new[] { "user_id", "answered_at" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_device_holder_id",
                schema: "fieldcrm",
                table: "device",
                column: "holder_id",
                filter: "holder_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "person_erasure_open",
                schema: "fieldcrm",
                table: "person_erasure",
                column: "user_id",
                unique: true,
                filter: "done_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_person_look_tenant_id_looked_at",
                schema: "fieldcrm",
                table: "person_look",
                columns: new[] { "tenant_id", "looked_at" });

            migrationBuilder.CreateIndex(
                name: "IX_person_look_user_id_look_id",
                schema: "fieldcrm",
                table: "person_look",
                columns: new[] { "user_id", "look_id" });

            migrationBuilder.CreateIndex(
                name: "IX_person_shift_tenant_id_started_at",
                schema: "fieldcrm",
                table: "person_shift",
                columns: new[] { "tenant_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "IX_person_shift_user_id_consent_at",
                schema: "fieldcrm",
                table: "person_shift",
                columns: new[] { "user_id", "consent_at" });

            migrationBuilder.CreateIndex(
                name: "person_shift_open",
                schema: "fieldcrm",
                table: "person_shift",
                column: "user_id",
                unique: true,
                filter: "ended_at IS NULL");

            migrationBuilder.AddForeignKey(
                name: "FK_device_app_user_holder_id",
                schema: "fieldcrm",
                table: "device",
                column: "holder_id",
                principalSchema: "fieldcrm",
                principalTable: "app_user",
                principalColumn: "user_id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.Sql("SET LOCAL search_path = fieldcrm, public;");
            migrationBuilder.Sql(SqlResource.Read("people.sql"));
            migrationBuilder.Sql("SET LOCAL search_path = DEFAULT;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("Stored data goes forward only: restore a backup to go back.");
    }
}
