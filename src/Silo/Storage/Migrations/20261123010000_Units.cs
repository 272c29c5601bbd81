using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FieldCrm.Silo.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Units : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<short>(
                name: "kind",
                schema: "fieldcrm",
                table: "device",
                type: "smallint",
                nullable: false,
                defaultValue: (short)0);

            migrationBuilder.AddColumn<string>(
                name: "phone",
                schema: "fieldcrm",
                table: "device",
                type: "character varying(40)",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "acknowledged_at",
                schema: "fieldcrm",
                table: "alarm",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "acknowledged_by_id",
                schema: "fieldcrm",
                table: "alarm",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "acknowledged_by_kind",
                schema: "fieldcrm",
                table: "alarm",
                type: "character varying(16)",
                maxLength: 16,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "unit_availability",
                schema: "fieldcrm",
                columns: table => new
                {
                    device_id = table.Column<int>(type: "integer", nullable: false),
                    tenant_id = table.Column<int>(type: "integer", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<short>(type: "smallint", nullable: false),
                    note = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    previous_status = table.Column<short>(type: "smallint", nullable: false),
                    previous_note = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    undoes = table.Column<long>(type: "bigint", nullable: true),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_by_kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    changed_by_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_unit_availability", x => x.device_id);
                    table.ForeignKey(
                        name: "FK_unit_availability_device_device_id",
                        column: x => x.device_id,
                        principalSchema: "fieldcrm",
                        principalTable: "device",
                        principalColumn: "device_id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "alarm_open",
                schema: "fieldcrm",
                table: "alarm",
                column: "device_id",
                filter: "NOT is_withdrawn AND acknowledged_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "alarm_open_newest",
                schema: "fieldcrm",
                table: "alarm",
                columns: new[] { "tenant_id", "started_at", "alarm_id" },
                filter: "NOT is_withdrawn AND acknowledged_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_unit_availability_tenant_id",
                schema: "fieldcrm",
                table: "unit_availability",
                column: "tenant_id");

            migrationBuilder.Sql("SET LOCAL search_path = fieldcrm, public;");
            migrationBuilder.Sql(SqlResource.Read("units.sql"));
            migrationBuilder.Sql("SET LOCAL search_path = DEFAULT;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("Stored data goes forward only: restore a backup to go back.");
    }
}
