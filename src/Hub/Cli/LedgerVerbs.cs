using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using FieldCrm.Core.Ledger;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Supervision;
using FieldCrm.Silo.Ledger;
using Npgsql;

namespace FieldCrm.Hub.Cli;

/// <summary><c>ledger verify</c>: reads every event and seal; works with and without a server. Exit code 1 when something does not hold.</summary>
internal static class LedgerVerbs
{
    public static Command Create() => new("ledger", "The ledger of what happened.") { Verify() };

    private static Command Verify()
    {
        var tenant = new Option<string?>("--tenant") { Description = "Show this tenant alone.", HelpName = "NAME" };
        var command = new Command("verify", "Check every hash chain and every seal.") { tenant };
        command.SetAction((parsed, cancellationToken) => VerifyAsync(parsed, parsed.GetValue(tenant), cancellationToken));
        return command;
    }

    private static async Task<int> VerifyAsync(ParseResult parsed, string? tenant, CancellationToken cancellationToken)
    {
        await using var session = await OfflineSession.OpenAsync(
            parsed.Instance(), TimeProvider.System, Console.Error.WriteLine, cancellationToken);
        await using var owner = NpgsqlDataSource.Create(session.Database.Addresses.Owner!);
        var names = await NamesAsync(owner, cancellationToken);
        if (tenant is not null && !names.ContainsValue(tenant))
            throw new StartRefusedException("tenant.unknown", $"tenant.unknown: There is no tenant {tenant}.");

        var ledgers = await LedgerVerifier.VerifyAsync(owner, anchors: [], cancellationToken);
        var answers = ledgers.Select(l => Answer(l, names)).Where(a => tenant is null || a.Tenant == tenant).ToArray();
        var verified = answers.All(a => a.Problems == 0);
        if (parsed.WantsJson())
            Output.Json(new LedgerAnswer(verified, answers), LedgerAnswerJson.Default.LedgerAnswer);
        else
            Print(answers, verified);
        return verified ? ExitCode.Ok : ExitCode.Problem;
    }

    private static async Task<Dictionary<int, string>> NamesAsync(NpgsqlDataSource owner, CancellationToken cancellationToken)
    {
        await using var command = owner.CreateCommand("SELECT tenant_id, name FROM fieldcrm.tenant");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new Dictionary<int, string>();
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetInt32(0), reader.GetString(1));
        return names;
    }

    private static TenantLedgerAnswer Answer(TenantLedger ledger, Dictionary<int, string> names) => new(
        names.GetValueOrDefault(ledger.Tenant.Value) ?? string.Create(CultureInfo.InvariantCulture, $"#{ledger.Tenant.Value}"),
        ledger.Streams, ledger.Events, ledger.UnsealedEvents, ledger.ErasedPayloads, ledger.Seals, ledger.NewestSealNo,
        Convert.ToHexStringLower(ledger.NewestSealHash.Span), ledger.FindingCount,
        [.. ledger.Findings.Select(f => new LedgerProblem(f.Code, f.Where))]);

    private static void Print(TenantLedgerAnswer[] answers, bool verified)
    {
        Output.Table(["TENANT", "STREAMS", "EVENTS", "UNSEALED", "ERASED", "SEALS", "PROBLEMS"],
            [.. answers.Select(a => new[]
            {
                a.Tenant, Number(a.Streams), Number(a.Events), Number(a.UnsealedEvents), Number(a.ErasedPayloads),
                Number(a.Seals), Number(a.Problems),
            })],
            "the ledger is empty");
        foreach (var broken in answers.Where(a => a.Problems > 0))
            Console.Error.WriteLine($"{broken.Tenant}: {broken.Findings[0].Code} at {broken.Findings[0].Where}");
        if (verified)
            Console.WriteLine("verified");

        static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary><c>ledger verify --json</c>.</summary>
internal sealed record LedgerAnswer(bool Verified, TenantLedgerAnswer[] Tenants);

/// <param name="Problems">All of them; <paramref name="Findings"/> are the first hundred.</param>
/// <param name="NewestSealHash">Hexadecimal; worth noting down outside the instance.</param>
internal sealed record TenantLedgerAnswer(
    string Tenant, long Streams, long Events, long UnsealedEvents, long ErasedPayloads, long Seals, long NewestSealNo,
    string NewestSealHash, long Problems, LedgerProblem[] Findings);

/// <param name="Where"><c>device/17@4</c> for an event, <c>seal 12</c> for a seal.</param>
internal sealed record LedgerProblem(string Code, string Where);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LedgerAnswer))]
internal sealed partial class LedgerAnswerJson : JsonSerializerContext;
