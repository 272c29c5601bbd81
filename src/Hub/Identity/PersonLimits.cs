using System.Threading.RateLimiting;
using FieldCrm.Hub.Http;

namespace FieldCrm.Hub.Identity;

/// <summary>
/// How often one person's sessions may ask the API, over all his windows: what a console needs in its busiest minute many times over, and
/// what a script in a stolen session would exceed. Programs have limits of their own (<see cref="TokenLimits"/>); the operator's credential
/// is the machine's and has none.
/// </summary>
internal sealed class PersonLimits : IDisposable
{
    public const int RequestsPerMinute = 3_000;

    private static readonly PathString[] Counted = ["/api", "/operator", "/live", "/account"];

    private readonly PartitionedRateLimiter<Guid> _requests = PartitionedRateLimiter.Create<Guid, Guid>(
        person => RateLimitPartition.GetFixedWindowLimiter(person, _ => Limits.PerMinute(RequestsPerMinute)));

    public bool MayAsk(HttpContext context) =>
        SessionCookie.UserOf(context.User) is not { } person
        || !Array.Exists(Counted, path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal))
        || Limits.Take(_requests, person, 1);

    public void Dispose() => _requests.Dispose();
}

internal static class PersonLimitsExtensions
{
    /// <summary>After authentication.</summary>
    public static void UsePersonLimits(this IApplicationBuilder app)
    {
        var limits = app.ApplicationServices.GetRequiredService<PersonLimits>();
        app.Use((context, next) => limits.MayAsk(context) ? next(context) : Problems.WriteAsync(context, Problems.TooMany));
    }
}
