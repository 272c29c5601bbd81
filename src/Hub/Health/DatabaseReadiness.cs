using FieldCrm.Core;
using FieldCrm.Silo.Storage;
using Npgsql;

namespace FieldCrm.Hub.Health;

/// <summary>The database answers a request's role and a grain's.</summary>
internal sealed class DatabaseReadiness(FieldCrmDatabase database) : IReadiness
{
    public async ValueTask<Failure?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var source in new[] { database.Api, database.Silo })
            {
                await using var command = source.CreateCommand("SELECT 1");
                await command.ExecuteScalarAsync(cancellationToken);
            }
            return null;
        }
        catch (Exception failed) when (failed is NpgsqlException or OperationCanceledException)
        {
            return new Failure("database.unreachable", "The database does not answer.");
        }
    }
}
