using FieldCrm.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Hub.UnitsApi;

/// <summary>What the people and programs of a tenant are called, by their ids.</summary>
internal static class ActorNames
{
    private static readonly IReadOnlyDictionary<Guid, string> None = new Dictionary<Guid, string>();

    /// <summary>Those that the tenant has; an operator's people are not among them.</summary>
    public static async Task<IReadOnlyDictionary<Guid, string>> OfAsync(
        TenantScope scope, IEnumerable<Guid?> ids, CancellationToken cancellationToken)
    {
        Guid[] asked = [.. ids.OfType<Guid>().Distinct()];
        if (asked.Length == 0)
            return None;
        await using var command = new NpgsqlCommand(
            "SELECT user_id, name FROM app_user WHERE user_id = ANY($1) UNION ALL SELECT token_id, name FROM api_token WHERE token_id = ANY($1)",
            scope.Connection, scope.Transaction);
        command.Parameters.Add(new NpgsqlParameter { Value = asked, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        var names = new Dictionary<Guid, string>(asked.Length);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            names[row.GetGuid(0)] = row.GetString(1);
        return names;
    }
}
