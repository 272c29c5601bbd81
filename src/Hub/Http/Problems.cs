using FieldCrm.Core;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.Http;

/// <summary>
/// The one place where a refusal becomes an answer: problem details (RFC 9457) whose <c>code</c> is the
/// <see cref="Failure.Code"/> that clients rely on, and whose <c>type</c> is <c>urn:fieldcrm:CODE</c>.
/// </summary>
internal static class Problems
{
    public static readonly Failure Unavailable =
        new("server.unavailable", "Nothing is known to be stored: try again in a moment.");

    public static readonly Failure SignInRequired =
        new("auth.required", "Sign in, or give a token or the operator's credential.");

    public static readonly Failure Forbidden = new("auth.forbidden", "Your role may not do this.");

    public static readonly Failure Invalid = new("request.invalid", "The request cannot be read as what this address takes.");

    public static readonly Failure TooMany = new("rate.limited", "Too many requests: wait a minute.");

    public static ProblemHttpResult Of(Failure failure) => TypedResults.Problem(Details(failure, StatusOf(failure.Code)));

    /// <summary>With what a client needs to go on, as a member of the answer.</summary>
    public static ProblemHttpResult Of(Failure failure, string member, object value)
    {
        var details = Details(failure, StatusOf(failure.Code));
        details.Extensions[member] = value;
        return TypedResults.Problem(details);
    }

    public static Task WriteAsync(HttpContext context, Failure failure) => WriteAsync(context, failure, StatusOf(failure.Code));

    public static Task WriteAsync(HttpContext context, Failure failure, int status)
    {
        if (status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = Limits.RetryAfterSeconds;
        return TypedResults.Problem(Details(failure, status)).ExecuteAsync(context);
    }

    /// <summary>By the code's last part; 400 where none says more.</summary>
    public static int StatusOf(string code) => code switch
    {
        "server.unavailable" => StatusCodes.Status503ServiceUnavailable,
        "server.error" => StatusCodes.Status500InternalServerError,
        "auth.required" => StatusCodes.Status401Unauthorized,
        "auth.cross-site" or "sign-in.refused" or "provider.no-role" => StatusCodes.Status403Forbidden,
        "auth.forbidden" or "user.disabled" or "device.disabled" or "tenant.not-operator" => StatusCodes.Status403Forbidden,
        "rate.limited" => StatusCodes.Status429TooManyRequests,
        "people.reason-required" => StatusCodes.Status428PreconditionRequired,
        "people.no-consent" or "people.consent-outdated" or "people.consent-stands" or "people.erasure-pending" => StatusCodes.Status409Conflict,
        "device.not-person" or "device.has-holder" or "device.holder-on-shift" or "device.holder-has-positions" => StatusCodes.Status409Conflict,
        "link.used" or "link.expired" => StatusCodes.Status410Gone,
        "user.last-admin" or "user.external" or "passkey.known" or "passkey.too-many" => StatusCodes.Status409Conflict,
        "demonstration.not-supervised" => StatusCodes.Status409Conflict,
        "sign-in.locked" => StatusCodes.Status429TooManyRequests,
        "availability.nothing-to-undo" or "alarm.withdrawn" => StatusCodes.Status409Conflict,
        _ when code.EndsWith(".stale", StringComparison.Ordinal) => StatusCodes.Status409Conflict,
        _ when code.EndsWith(".unknown", StringComparison.Ordinal) => StatusCodes.Status404NotFound,
        _ when code.EndsWith("-taken", StringComparison.Ordinal) => StatusCodes.Status409Conflict,
        _ when code.EndsWith("quota-reached", StringComparison.Ordinal) => StatusCodes.Status409Conflict,
        _ when code.EndsWith(".too-large", StringComparison.Ordinal) => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status400BadRequest,
    };

    private static ProblemDetails Details(Failure failure, int status) => new()
    {
        Type = $"urn:fieldcrm:{failure.Code}",
        Status = status,
        Title = failure.Message,
        Extensions = { ["code"] = failure.Code },
    };
}
