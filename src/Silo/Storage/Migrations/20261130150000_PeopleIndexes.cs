using System;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace FieldCrm.Silo.Storage.Migrations
{
    /// <summary>Indexes that no read model asks for, so the model before and after is the same.</summary>
    [DbContext(typeof(FieldCrmContext))]
    [Migration("20261130150000_PeopleIndexes")]
    public sealed class PeopleIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("SET LOCAL search_path = fieldcrm, public;");
            migrationBuilder.Sql(SqlResource.Read("people-indexes.sql"));
            migrationBuilder.Sql("SET LOCAL search_path = DEFAULT;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("Stored data goes forward only: restore a backup to go back.");
    }
}
