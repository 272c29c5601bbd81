using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FieldCrm.Silo.Storage.Migrations
{
    /// <summary>Columns outside the read models only, so the model before and after is the same.</summary>
    [DbContext(typeof(FieldCrmContext))]
    [Migration("20261130130000_Forgetting")]
    public sealed class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("SET LOCAL search_path = fieldcrm, public;");
            migrationBuilder.Sql(SqlResource.Read("forgetting.sql"));
            migrationBuilder.Sql("SET LOCAL search_path = DEFAULT;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("Stored data goes forward only: restore a backup to go back.");
    }
}
