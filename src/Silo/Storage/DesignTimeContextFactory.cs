using Microsoft.EntityFrameworkCore.Design;

namespace FieldCrm.Silo.Storage;

/// <summary>For <c>dotnet ef migrations add</c>, which connects to nothing.</summary>
internal sealed class DesignTimeContextFactory : IDesignTimeDbContextFactory<FieldCrmContext>
{
    public FieldCrmContext CreateDbContext(string[] args) =>
        new(Migrator.Options("Host=127.0.0.1;Database=fieldcrm;Username=fieldcrm_owner"));
}
