using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Hub.Dispatch;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Pages.People;
using FieldCrm.Hub.People;
using FieldCrm.Silo;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FieldCrm.Hub.Pages;

/// <summary>The pages that people read in a browser: the list of devices and a device's day.</summary>
internal static class PageEndpoints
{
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<PageAssets>();
        services.AddSingleton<DeviceListReader>();
        services.AddSingleton<DeviceDayReader>();
        return services;
    }

    public static void MapPages(this WebApplication app)
    {
        app.Services.GetRequiredService<PageAssets>().Map(app);
        var pages = app.MapGroup("").WithMetadata(new ForPeople()).ExcludeFromDescription();
        pages.MapGet("/", StartAsync);
        pages.MapGet("/devices", ListAsync);
        pages.MapGet("/devices/{uniqueId}", DeviceAsync);
    }

    /// <summary>Whoever may see positions is led to the console, everybody else to his own page; the plain pages stay at <c>/devices</c>.</summary>
    private static async Task<IResult> StartAsync(
        HttpContext http, string? q, string? page, DeviceListReader devices, IAuthorizationService authorization, ConsoleFiles console) =>
        console.Index is not null && SessionCookie.TenantOf(http.User) is not null && await MayReadAsync(http, authorization)
            ? TypedResults.LocalRedirect(ConsoleEndpoints.Path)
            : SessionCookie.UserOf(http.User) is not null && !await MayReadAsync(http, authorization)
            ? TypedResults.LocalRedirect(OwnPages.Path)
            : await ListAsync(http, q, page, devices, authorization);

    private static async Task<RazorComponentResult> ListAsync(
        HttpContext http, string? q, string? page, DeviceListReader devices, IAuthorizationService authorization)
    {
        if (SessionCookie.TenantOf(http.User) is not { } tenant)
            return SignIn.Page(http);
        if (http.User.IsInRole(Policies.OperatorRole))
            return Operator(http);
        if (!await MayReadAsync(http, authorization))
            return Forbidden(http);
        var asked = int.TryParse(page, out var number) ? number : 1;
        var list = await devices.ReadAsync(tenant, q, asked, http.RequestAborted);
        return PageAnswer.Of<DeviceListPage>(http, new() { [nameof(DeviceListPage.List)] = list });
    }

    private static async Task<RazorComponentResult> DeviceAsync(
        HttpContext http, string uniqueId, string? day, string? marked, DeviceDayReader devices, DeviceFinder finder, PersonalAccess people,
        IAuthorizationService authorization, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider clock)
    {
        if (SessionCookie.TenantOf(http.User) is not { } tenant)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        if (http.User.IsInRole(Policies.OperatorRole))
            return Operator(http);
        if (!await MayReadAsync(http, authorization))
            return Forbidden(http);
        if (await finder.FindAsync(tenant, uniqueId, http.RequestAborted) is not { } device)
            return NoSuchDevice(http);
        var caller = new RequestTenant(tenant, SessionCookie.ActorOf(http.User));
        var chosen = DayBounds.Choose(day, UtcMicros.From(clock.GetUtcNow()).UtcDay);
        if (await people.OpenAsync(
                http, caller, new DeviceId(device.DeviceId), LookedAt.Day, DayBounds.StartOf(chosen), DayBounds.StartOf(chosen.AddDays(1))) is { } refusal)
        {
            return PageAnswer.Of<ReasonPage>(http, new()
            {
                [nameof(ReasonPage.Name)] = device.Name,
                [nameof(ReasonPage.Day)] = day,
                [nameof(ReasonPage.Given)] = PersonalAccess.TextOf(http.Request),
                [nameof(ReasonPage.Refusal)] = refusal,
            }, StatusCodes.Status428PreconditionRequired);
        }
        if (await devices.ReadAsync(tenant, DeviceFinder.IdOf(uniqueId), day, marked == "1", http.RequestAborted) is not { } found)
            return NoSuchDevice(http);
        var isPerson = (await people.PeopleAsync(tenant, http.RequestAborted)).ContainsKey(device.DeviceId);
        return PageAnswer.Of<DevicePage>(http, new()
        {
            [nameof(DevicePage.Day)] = found,
            [nameof(DevicePage.Drawing)] = TrackDrawing.Of(found.Track.Fixes),
            [nameof(DevicePage.Reason)] = isPerson ? PersonalAccess.TextOf(http.Request) : null,
        });
    }

    private static RazorComponentResult NoSuchDevice(HttpContext http) => PageAnswer.Message(
        http, StatusCodes.Status404NotFound, "No such device",
        "No device of yours has this id. It may have been typed wrongly, or it belongs to somebody else.", "device.unknown");

    private static async Task<bool> MayReadAsync(HttpContext http, IAuthorizationService authorization) =>
        (await authorization.AuthorizeAsync(http.User, Policies.ReadPositions)).Succeeded;

    // His own tenant has no devices, and these pages know no other than the reader's own.
    private static RazorComponentResult Operator(HttpContext http) => PageAnswer.Message(
        http, StatusCodes.Status403Forbidden, "Not for operators", "You operate the instance: the console lets you choose whose tenant you look at.",
        "auth.forbidden");

    private static RazorComponentResult Forbidden(HttpContext http) => PageAnswer.Message(
        http, StatusCodes.Status403Forbidden, "Not for your role", "Your role does not see positions. Ask an admin for another one.",
        "auth.forbidden");
}
