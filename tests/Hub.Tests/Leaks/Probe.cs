using System.Net;
using FieldCrm.Hub.Identity;

namespace FieldCrm.Hub.Tests.Leaks;

/// <summary>What one request is about.</summary>
/// <param name="World">The tenant that it concerns; whoever sends it may be of another one.</param>
/// <param name="Target">What <see cref="Probe.Target"/> made, or empty.</param>
internal sealed record Asked(TenantWorld World, string Target);

/// <summary>What becomes of a request that names one tenant's things when somebody of another tenant sends it.</summary>
internal enum Elsewhere
{
    /// <summary>404 and nothing done: the same as for what does not exist.</summary>
    NotFound,

    /// <summary>It is about the sender's own tenant: nothing of the other one is in the answer, and nothing there changes.</summary>
    OwnTenant,

    /// <summary>There are no other tenants to it: it belongs to the instance.</summary>
    Instance,
}

/// <summary>
/// One operation and how it is asked. The sweep does the rest: rightful callers succeed, everybody else is refused as SECURITY.md says,
/// nothing of one tenant comes out in another, and what was refused had no effect. See README.md.
/// </summary>
/// <param name="Route">As docs/openapi.json or the server's route has it.</param>
/// <param name="Capability">Of <see cref="Policies"/>.</param>
/// <param name="Variant">Tells several probes of one operation apart: a format, a filter.</param>
internal sealed record Probe(string Method, string Route, string Capability, string? Variant = null)
{
    /// <summary>Makes what the request is about, anew for each that may succeed, and gives its id: it stands for every <c>{…}</c> of the route.</summary>
    public Func<TenantWorld, Task<string>>? Target { get; init; }

    /// <summary>Path and query; the route with the target in it unless given.</summary>
    public Func<Asked, string>? Address { get; init; }

    /// <summary>Sent as JSON; a <see cref="HttpContent"/> as it is. None when null.</summary>
    public Func<Asked, object>? Body { get; init; }

    /// <summary>What the answer to the rightful caller holds: a canary of his tenant as a rule. Null: the request must change his tenant.</summary>
    public Func<Asked, string>? Shows { get; init; }

    public Elsewhere Elsewhere { get; init; } = Elsewhere.NotFound;

    /// <summary>What programs are refused with, whatever their role; null: they may do what their role may.</summary>
    public HttpStatusCode? ToPrograms { get; init; }

    /// <summary>What somebody signed in is answered who may not; 403 unless given.</summary>
    public HttpStatusCode? ToOtherSessions { get; init; }

    /// <summary>Pages: the instance's credential is no person's and is shown what nobody is.</summary>
    public bool IsForSessionsOnly { get; init; }

    /// <summary>To nobody: 401, where a page does not rather show how to sign in.</summary>
    public HttpStatusCode ToNobody { get; init; } = HttpStatusCode.Unauthorized;

    /// <summary>What the rightful caller is answered; any success unless given.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>The reader's own browser may keep it and asks each time whether it is still so; other answers are kept by nobody.</summary>
    public bool IsAskedAfter { get; init; }

    /// <summary>A page that looks at the capability itself, to answer with a page.</summary>
    public bool IsGuardedInside { get; init; }

    public string Operation => $"{Method} {Route}";

    public bool IsSafe => Method == "GET";

    public string AddressOf(Asked asked) => Address?.Invoke(asked) ?? RouteParameter.Pattern().Replace(Route, Uri.EscapeDataString(asked.Target));

    public override string ToString() => Variant is null ? Operation : $"{Operation} ({Variant})";

    public static Probe Get(string route, string capability, string? variant = null) => new("GET", route, capability, variant) { Elsewhere = Elsewhere.OwnTenant };

    public static Probe Post(string route, string capability, string? variant = null) => new("POST", route, capability, variant);
}
