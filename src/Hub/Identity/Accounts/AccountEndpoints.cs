using System.Text.Json;
using FieldCrm.Core;
using FieldCrm.Core.Tenants;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.Hub.TenantsApi;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.Identity.Accounts;

/// <summary>A person's own account: password, passkeys, other devices, sessions. Pages and the few requests of their script.</summary>
internal static class AccountEndpoints
{
    public const string Path = "/account";

    /// <summary>Where a first sign-in ends: the link is used up, so there must be another way back in.</summary>
    public const string Welcome = Path + "?welcome=1";

    private const int MaxPasskeyBody = 16 * 1024;

    public static void MapAccount(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup(Path).WithMetadata(new ForPeople()).ExcludeFromDescription();
        pages.MapGet("", ShowAsync);
        var forms = app.MapGroup(Path).WithMetadata(new ForPeople()).RequireAuthorization(Policies.OwnAccount).ExcludeFromDescription();
        forms.MapPost("/password", SetPasswordAsync).RequireRateLimiting(SignIn.RateLimit).DisableAntiforgery();
        forms.MapPost("/passkeys/rename", RenameAsync).DisableAntiforgery();
        forms.MapPost("/passkeys/remove", RemoveAsync).DisableAntiforgery();
        forms.MapPost("/link", LinkAsync).RequireRateLimiting(SignIn.RateLimit).DisableAntiforgery();
        forms.MapPost("/sign-out-everywhere", SignOutEverywhereAsync).DisableAntiforgery();
        var script = app.MapGroup(Path + "/passkeys").RequireAuthorization(Policies.OwnAccount).ExcludeFromDescription();
        script.MapPost("/options", OptionsAsync).RequireRateLimiting(SignIn.PageRateLimit);
        script.MapPost("", AddAsync).RequireRateLimiting(SignIn.RateLimit).WithMetadata(new RequestSizeLimitAttribute(MaxPasskeyBody));
    }

    private static async Task<IResult> ShowAsync(HttpContext context, Account account, string? done, string? welcome)
    {
        if (await MeAsync(context, account) is not { } me)
            return SignIn.Page(context, status: StatusCodes.Status401Unauthorized);
        return await PageAsync(context, account, me, done: done, isWelcome: welcome == "1");
    }

    private static async Task<IResult> SetPasswordAsync(
        HttpContext context, Account account, [FromForm] string? present, [FromForm] string? password)
    {
        if (await MeAsync(context, account) is not { } me)
            return SignIn.Page(context, status: StatusCodes.Status401Unauthorized);
        if (await account.SetPasswordAsync(me, present, password ?? "", context.RequestAborted) is { } refusal)
            return await PageAsync(context, account, me, refusal);
        await SessionCookie.BeginAsync(context, me.Tenant, me.UserId); // all others are over
        return SignIn.SeeOther(context, Path + "?done=password");
    }

    private static async Task<IResult> OptionsAsync(HttpContext context, Account account, PasskeyState state)
    {
        if (await MeAsync(context, account) is not { } me)
            return Problems.Of(Problems.SignInRequired);
        return Results.Content(await account.CreationOptionsAsync(me, context, state), "application/json");
    }

    private static async Task<IResult> AddAsync(HttpContext context, Account account, PasskeyState state)
    {
        if (await MeAsync(context, account) is not { } me)
            return Problems.Of(Problems.SignInRequired);
        string name, credential;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            name = body.RootElement.GetProperty("name").GetString() ?? "";
            credential = body.RootElement.GetProperty("credential").GetRawText();
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Problems.Of(Account.PasskeyRefused);
        }
        return await account.AddPasskeyAsync(me, context, state, name.Trim(), credential) is { } refusal
            ? Problems.Of(refusal) : TypedResults.NoContent();
    }

    private static async Task<IResult> RenameAsync(
        HttpContext context, Account account, [FromForm] string? credential, [FromForm] string? name) =>
        await ChangeAsync(context, account, "renamed", me => account.RenamePasskeyAsync(me, credential ?? "", (name ?? "").Trim()));

    private static async Task<IResult> RemoveAsync(HttpContext context, Account account, [FromForm] string? credential) =>
        await ChangeAsync(context, account, "removed", me => account.RemovePasskeyAsync(me, credential ?? ""));

    private static async Task<IResult> ChangeAsync(
        HttpContext context, Account account, string done, Func<AppUser, Task<Failure?>> change)
    {
        if (await MeAsync(context, account) is not { } me)
            return SignIn.Page(context, status: StatusCodes.Status401Unauthorized);
        return await change(me) is { } refusal
            ? await PageAsync(context, account, me, refusal) : SignIn.SeeOther(context, $"{Path}?done={done}");
    }

    /// <summary>A link for oneself, to open on another device: shown once, as text and as a picture for its camera.</summary>
    private static async Task<IResult> LinkAsync(HttpContext context, Account account, TenantAdministration tenants, PublicUrls urls)
    {
        if (await MeAsync(context, account) is not { } me)
            return SignIn.Page(context, status: StatusCodes.Status401Unauthorized);
        var (outcome, link) = await tenants.CreateLinkAsync(new RequestTenant(me.Tenant, Actor.User(me.UserId)), me.UserId);
        return outcome.Refusal is { } refusal
            ? await PageAsync(context, account, me, refusal)
            : await PageAsync(context, account, me, link: urls.OfSignIn(context.Request, link));
    }

    private static async Task<IResult> SignOutEverywhereAsync(HttpContext context, Account account)
    {
        if (await MeAsync(context, account) is { } me && await account.EndSessionsAsync(me) is { } refusal)
            return await PageAsync(context, account, me, refusal);
        await context.SignOutAsync(SessionCookie.SchemeName);
        return SignIn.SeeOther(context, "/");
    }

    private static async Task<AppUser?> MeAsync(HttpContext context, Account account) =>
        SessionCookie.UserOf(context.User) is { } user && SessionCookie.TenantOf(context.User) is { } tenant
            ? await account.ReadAsync(tenant, user, context.RequestAborted) : null;

    private static async Task<IResult> PageAsync(
        HttpContext context, Account account, AppUser me, Failure? refusal = null, string? done = null, string? link = null, bool isWelcome = false) =>
        PageAnswer.Of<AccountPage>(
            context,
            new()
            {
                [nameof(AccountPage.Me)] = me,
                [nameof(AccountPage.Passkeys)] = await account.PasskeysAsync(me, context.RequestAborted),
                [nameof(AccountPage.Refusal)] = refusal,
                [nameof(AccountPage.Done)] = done,
                [nameof(AccountPage.Link)] = link,
                [nameof(AccountPage.IsWelcome)] = isWelcome,
            },
            refusal is null ? StatusCodes.Status200OK : Problems.StatusOf(refusal.Code));
}
