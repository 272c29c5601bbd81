using System.CommandLine;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;

namespace FieldCrm.Hub.Cli;

/// <summary><c>tenant add NAME</c>, <c>tenant list</c>.</summary>
internal static class TenantVerbs
{
    public static Command Create() => new("tenant", "Tenants of this instance.") { Add(), List() };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "1 to 100 characters, unique in the instance." };
        var command = new Command("add", "Add a tenant.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var added = await client.PostAsync(
                "tenants", new TenantToAdd(parsed.GetRequiredValue(name)), AdministrationJson.Default.TenantToAdd,
                AdministrationJson.Default.TenantAnswer, cancellationToken);
            if (parsed.WantsJson())
                Output.Json(added, AdministrationJson.Default.TenantAnswer);
            else
                Console.WriteLine($"tenant {added.Name} added");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the tenants.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = OperatorClient.Open(parsed);
            var tenants = new List<TenantAnswer>(); // as many as the operator made
            int? after = 0;
            while (after is not null)
            {
                var page = await client.GetAsync($"tenants?after={after}", AdministrationJson.Default.TenantsAnswer, cancellationToken);
                tenants.AddRange(page.Tenants);
                after = page.Next;
            }
            if (parsed.WantsJson())
                Output.Json(new TenantsAnswer(tenants, Next: null), AdministrationJson.Default.TenantsAnswer);
            else
                Output.Table(["NAME", "SINCE"], [.. tenants.Select(t => new[] { t.Name, Output.Time(t.CreatedAt) })], "no tenants");
            return ExitCode.Ok;
        });
        return command;
    }
}
