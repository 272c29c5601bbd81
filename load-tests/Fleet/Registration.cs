using System.Globalization;
using System.Text;
using System.Text.Json;
using FieldCrm.LoadTests.Processes;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.LoadTests.Fleet;

/// <summary>Registers devices as an operator does: a file for <c>fieldcrm device import</c>.</summary>
internal sealed class Registration(ProductInstance product)
{
    /// <param name="prefix">Unique ids are <c>PREFIX-0</c>, <c>PREFIX-1</c>, …</param>
    /// <returns>In the order of their numbers.</returns>
    public async Task<FleetDevice[]> AddAsync(string prefix, int count, CancellationToken cancellationToken)
    {
        var ids = Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i}")).ToArray();
        var file = Path.Combine(product.Files.Directory, prefix + ".csv");
        var csv = new StringBuilder("id,name\n");
        foreach (var id in ids)
            csv.Append(id).Append(',').Append(id).Append('\n');
        await File.WriteAllTextAsync(file, csv.ToString(), cancellationToken);
        var answer = await ProductCommand.RunAsync(
            ["device", "import", file, "--data", product.Files.Directory, "--json"], cancellationToken);
        var tokens = Tokens(answer);
        var numbers = await NumbersAsync(ids, cancellationToken);
        return [.. ids.Select(id => new FleetDevice(id, tokens[id], numbers[id]))];
    }

    private static Dictionary<string, string> Tokens(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        var list = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement : json.RootElement.GetProperty("devices");
        return list.EnumerateArray().ToDictionary(
            device => device.GetProperty("id").GetString()!, device => device.GetProperty("token").GetString()!);
    }

    private async Task<Dictionary<string, int>> NumbersAsync(string[] ids, CancellationToken cancellationToken)
    {
        await using var command = product.Database.CreateCommand(
            "SELECT unique_id, device_id FROM fieldcrm.device WHERE unique_id = ANY($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        var numbers = new Dictionary<string, int>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            numbers.Add(row.GetString(0), row.GetInt32(1));
        return numbers;
    }
}
