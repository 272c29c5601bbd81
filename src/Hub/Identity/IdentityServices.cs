using System.Threading.RateLimiting;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity.Accounts;
using FieldCrm.Hub.Identity.Provider;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo;
using FieldCrm.Silo.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace FieldCrm.Hub.Identity;

/// <summary>Where this instance differs from another on the same machine.</summary>
internal sealed record IdentityOptions
{
    /// <summary>DIR's file with the operator's credential.</summary>
    public required string OperatorKeyFile { get; init; }

    /// <summary>Browsers send cookies to every port of a host: each instance has a name of its own.</summary>
    public required string SessionCookieName { get; init; }
}

internal static class IdentityServices
{
    // A person signs in a few times a day; behind one address may sit an office.
    public const int SignInsPerMinute = 20;
    public const int SignInPagesPerMinute = 120;

    private const string EitherScheme = "OperatorOrSession";

    /// <summary>Who may do what, and who reports. Needs the database and the silo.</summary>
    public static IServiceCollection AddFieldCrmIdentity(
        this IServiceCollection services, IdentityOptions options, IConfiguration configuration)
    {
        services.AddSingleton(OperatorKey.ReadOrCreate(options.OperatorKeyFile)); // made before anybody asks for it
        services.AddSingleton<TenantNames>();
        services.AddSingleton<UserDirectory>();
        services.AddSingleton(options);
        services.AddSingleton<TokenDirectory>();
        services.AddSingleton<TokenLimits>();
        services.AddSingleton<PersonLimits>();
        services.AddSingleton<SessionEndings>();
        services.AddHostedService(provider => provider.GetRequiredService<SessionEndings>());
        services.AddAccounts();
        services.AddSingleton<DirectoryLookup>();
        services.AddSingleton<DeviceDirectory>();
        services.AddSingleton<DeviceNames>();
        services.AddHostedService<DirectoryListener>();
        services.AddExceptionHandler<ExceptionProblems>();
        services.AddKeyStore();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.HeaderName = CookieRequests.HeaderName;
            antiforgery.Cookie.Name = options.SessionCookieName + ".form";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, displayName: null, either => either.ForwardDefaultSelector = SchemeOf)
            .AddScheme<AuthenticationSchemeOptions, OperatorAuthentication>(OperatorAuthentication.SchemeName, _ => { })
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, _ => { })
            .AddCookie(SessionCookie.SchemeName, SessionCookie.Configure)
            .AddProvider(configuration);
        services.AddOptions<CookieAuthenticationOptions>(SessionCookie.SchemeName)
            .Configure<IServiceProvider>((cookie, provider) =>
            {
                cookie.Cookie.Name = options.SessionCookieName;
                cookie.TimeProvider = provider.GetRequiredKeyedService<TimeProvider>(SiloServices.ProductClock);
            });
        services.AddAuthorization(Policies.Add);
        services.AddRateLimiter(LimitSignIn);
        services.AddLogging(KeepTokensOut);
        return services;
    }

    /// <summary>In this order, before the endpoints.</summary>
    public static void UseFieldCrmIdentity(this IApplicationBuilder app)
    {
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UsePersonLimits();
        app.UseAuthorization();
        app.UseCookieRequestChecks();
        app.UseRequestTenant();
    }

    private static string SchemeOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(OperatorAuthentication.Prefix, StringComparison.OrdinalIgnoreCase))
            return SessionCookie.SchemeName;
        return header.AsSpan(OperatorAuthentication.Prefix.Length).TrimStart().StartsWith(ApiToken.Prefix, StringComparison.Ordinal)
            ? TokenAuthentication.SchemeName : OperatorAuthentication.SchemeName;
    }

    /// <summary>Cookies stay valid over restarts and on every process: their keys lie in the database.</summary>
    private static void AddKeyStore(this IServiceCollection services)
    {
        services.AddDbContext<FieldCrmContext>((provider, context) =>
            context.UseNpgsql(provider.GetRequiredService<FieldCrmDatabase>().Api, Migrator.Configure));
        services.AddDataProtection().SetApplicationName("FieldCrm").PersistKeysToDbContext<FieldCrmContext>();
    }

    private static void LimitSignIn(RateLimiterOptions limiter)
    {
        PerAddress(SignIn.RateLimit, SignInsPerMinute);
        PerAddress(SignIn.PageRateLimit, SignInPagesPerMinute);
        limiter.OnRejected = async (rejected, _) => await RejectAsync(rejected.HttpContext);
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;

        void PerAddress(string name, int permits) => limiter.AddPolicy(name, context => RateLimitPartition.GetFixedWindowLimiter(
            ClientAddress.Of(context), _ => Limits.PerMinute(permits)));

        static Task RejectAsync(HttpContext context)
        {
            if (!PageAnswer.IsForPeople(context))
                return Problems.WriteAsync(context, Problems.TooMany);
            context.Response.Headers.RetryAfter = Limits.RetryAfterSeconds;
            return TellAsync(context);
        }

        static Task TellAsync(HttpContext context) => PageAnswer.Message(
            context, StatusCodes.Status429TooManyRequests, "Too many tries", "Wait a minute, then try again.", Problems.TooMany.Code).ExecuteAsync(context);
    }

    /// <summary>The framework's request logs name paths, and ours hold tokens (/osmand/TOKEN, /sign-in/LINK).</summary>
    private static void KeepTokensOut(ILoggingBuilder logging)
    {
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // A line for each wrong credential would let anybody fill the log.
        logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error);
        logging.AddFilter(typeof(TokenAuthentication).FullName, LogLevel.Warning);
        logging.AddFilter(typeof(OperatorAuthentication).FullName, LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning);
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning);
    }
}
