using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Health;
using FieldCrm.Hub.Identity;
using FieldCrm.Silo;
using FieldCrm.Silo.Commit;
using Npgsql;
using Orleans.Runtime;

namespace FieldCrm.Hub.TenantsApi;

/// <summary>
/// Makes tenant <c>default</c> and its user <c>admin</c> where they are missing, and the instance's operator, who gets in by a
/// link that the command line asks for. The server is ready when they are there.
/// </summary>
internal sealed partial class FirstStart(
    TenantAdministration tenants, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time, ILogger<FirstStart> logger)
    : BackgroundService, IReadiness
{
    public const string AdminName = "admin";
    public const string OperatorName = "operator";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private volatile bool _isDone;

    public ValueTask<Failure?> CheckAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        _isDone ? null : new Failure("server.starting", "The first tenant is being made."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await EnsureAsync(stoppingToken);
                _isDone = true;
                return;
            }
            catch (Exception early) when (early is OrleansException or NpgsqlException or TimeoutException
                or InvalidOperationException or CommitUnavailableException or CommitOutcomeUnknownException)
            {
                // The silo or the database is still on its way.
                LogWaiting(early.GetType().Name);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    private async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (await tenants.FindAsync(RequestTenant.DefaultName, cancellationToken) is null)
            await tenants.AddAsync(RequestTenant.DefaultName, Actor.System, cancellationToken);
        if (await tenants.FindAsync(RequestTenant.DefaultName, cancellationToken) is not { } tenant)
            throw new InvalidOperationException("The first tenant could not be made.");
        await EnsureUserAsync(tenant, AdminName, cancellationToken);
        await EnsureUserAsync(TenantAdministration.Operator, OperatorName, cancellationToken);
    }

    // Where somebody else of the instance has the name, it stays his: the operator adds himself under another.
    private async Task EnsureUserAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        if (await tenants.FindUserAsync(tenant, name, cancellationToken) is null)
            await tenants.Grain(tenant).DecideAsync(new AddUser(Guid.CreateVersion7(time.GetUtcNow()), name, UserRole.Admin), Actor.System);
    }

    [LoggerMessage(4020, LogLevel.Debug, "First start waits ({Exception})")]
    private partial void LogWaiting(string exception);
}
