using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Demo;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Supervision;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.Silo;
using Microsoft.AspNetCore.Authorization;

namespace FieldCrm.Hub.Demonstration;

/// <summary>What the card for newcomers begins with.</summary>
/// <param name="IsDriving">The fleet was answered within the last minute.</param>
/// <param name="HistoryHours">How many of the <see cref="DemoState.HistoryHours"/> hours before its first start have come in.</param>
/// <param name="CanPullPlug">Somebody starts this server again when it ends.</param>
/// <param name="ProcessId">Of this server: another one after the plug was pulled.</param>
/// <param name="IsPhoneReachable">False while what a phone is given is an address of this machine for itself.</param>
/// <param name="Addresses">This machine's own, to be given to <c>--listen</c>.</param>
internal sealed record ShowMeAnswer(
    bool IsDriving, int HistoryHours, bool CanPullPlug, int ProcessId, double ServerUnixMs, bool IsPhoneReachable, IReadOnlyList<string> Addresses);

/// <param name="AtUnixMs">The server's clock just before it was killed.</param>
internal sealed record PlugAnswer(double AtUnixMs, int ProcessId);

/// <summary>
/// What newcomers are shown, for admins of a demonstration's tenant and on an instance that demonstrates: elsewhere none of
/// it exists. Pulling the plug is a real SIGKILL that the server sends itself, told to the ledger before.
/// </summary>
internal static class ShowMeEndpoints
{
    public const string Path = "/dispatch/show-me";

    private static readonly TimeSpan Driving = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CountedBefore = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestSince = TimeSpan.FromMinutes(30);

    private static readonly Failure Unknown = new("demonstration.unknown", "This instance demonstrates nothing.");

    private static readonly Failure NotSupervised = new(
        "demonstration.not-supervised", "Nobody would start this server again: ./run does, serve alone does not.");

    public static void MapShowMe(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Path).RequireAuthorization(Policies.Administer).RequireTenant().ExcludeFromDescription();
        group.AddEndpointFilter(async (context, next) => await IsOfFleetAsync(context.HttpContext) ? await next(context) : Problems.Of(Unknown));
        group.MapGet("", Begin);
        group.MapGet("/count", CountAsync);
        group.MapPost("/plug", PullAsync);
    }

    /// <summary>Whether the one who asks, for a tenant, is shown the card.</summary>
    public static async Task<bool> IsForAsync(HttpContext http) =>
        await IsOfFleetAsync(http)
        && (await http.RequestServices.GetRequiredService<IAuthorizationService>().AuthorizeAsync(http.User, Policies.Administer)).Succeeded;

    // The fleet drives for the tenant of the first start: the others have nothing to do with it.
    private static async ValueTask<bool> IsOfFleetAsync(HttpContext http) =>
        http.RequestServices.GetRequiredService<Instance>().Demo
        && await http.RequestServices.GetRequiredService<TenantNames>().FindAsync(RequestTenant.DefaultName, http.RequestAborted)
            == http.Features.Get<RequestTenant>()?.Id;

    private static IResult Begin(
        SenderCounts counts, InstancePaths paths, ServerOptions options, PublicUrls urls, HttpRequest request,
        [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var given = new Uri(urls.OfDevice(request, "phone"));
        return Json(new ShowMeAnswer(
            counts.LastAnsweredUnixMs((now - Driving).ToUnixTimeMilliseconds()) is not null, DemoState.Read(paths.DemoState)?.HistoryHoursDone ?? 0,
            options.IsSupervised, Environment.ProcessId, now.ToUnixTimeMilliseconds(), !given.IsLoopback, Addresses()));
    }

    /// <summary>Counted from a minute before <c>since</c>: positions that were acknowledged then must have survived too.</summary>
    private static async Task<IResult> CountAsync(
        SenderCounts counts, RequestTenant tenant, HttpContext http, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock)
    {
        var text = new QueryText(http.Request.Query);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (!long.TryParse(text.Text("since"), NumberStyles.None, CultureInfo.InvariantCulture, out var since)
            || since > now + CountedBefore.TotalMilliseconds || since < now - LongestSince.TotalMilliseconds)
            text.Refuse("since", $"milliseconds since 1970 within the last {LongestSince.TotalMinutes:0} minutes");
        return text.Failure is { } failure
            ? Problems.Of(failure)
            : Json(await counts.CompareAsync(tenant.Id, since - (long)CountedBefore.TotalMilliseconds, since, http.RequestAborted));
    }

    private static async Task<IResult> PullAsync(
        RequestTenant tenant, ServerOptions options, TenantAdministration tenants, HttpContext http, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock)
    {
        if (!options.IsSupervised)
            return Problems.Of(NotSupervised);
        var outcome = await tenants.Grain(tenant.Id).DecideAsync(new PullPlug(Environment.ProcessId), tenant.By);
        if (outcome.Refusal is { } refusal)
            return Problems.Of(refusal);
        // After this answer, in the midst of everybody else's: no drain, no flush, no farewell.
        http.Response.OnCompleted(() =>
        {
            Native.Signal(Environment.ProcessId, Native.Kill);
            return Task.CompletedTask;
        });
        return Json(new PlugAnswer(clock.GetUtcNow().ToUnixTimeMilliseconds(), Environment.ProcessId), StatusCodes.Status202Accepted);
    }

    /// <summary>Where others in the same network find this machine: of interfaces that are up and lead somewhere.</summary>
    private static IReadOnlyList<string> Addresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Select(i => i.GetIPProperties())
            .Where(p => p.GatewayAddresses.Any(g => g.Address.AddressFamily == AddressFamily.InterNetwork && !g.Address.Equals(IPAddress.Any)))
            .SelectMany(p => p.UnicastAddresses).Select(u => u.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)).Select(a => a.ToString()).Distinct()];

    private static IResult Json<T>(T value, int status = StatusCodes.Status200OK) =>
        Results.Json(value, typeof(T), ShowMeJson.Default, statusCode: status);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShowMeAnswer))]
[JsonSerializable(typeof(PlugAnswer))]
[JsonSerializable(typeof(SenderCount))]
internal sealed partial class ShowMeJson : JsonSerializerContext;
