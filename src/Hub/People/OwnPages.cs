using FieldCrm.Core;
using FieldCrm.Core.People;
using FieldCrm.Core.Tracks;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Ingest;
using FieldCrm.Hub.Pages;
using FieldCrm.Hub.Pages.People;
using FieldCrm.Hub.TracksApi;
using FieldCrm.Silo;
using FieldCrm.Silo.Tracks;
using Microsoft.AspNetCore.Mvc;

namespace FieldCrm.Hub.People;

/// <summary>A person's own pages: the notice, his shift, who saw him, what is stored of him. For every role, and for no program.</summary>
internal static class OwnPages
{
    public const string Path = "/me";
    public const string ConsentPath = Path + "/consent";
    public const string ShiftPath = Path + "/shift";
    public const string LooksPath = Path + "/looks";
    public const string DataPath = Path + "/data";
    public const string TrackPath = Path + "/track";
    public const string WithdrawPath = Path + "/withdraw";
    public const string DeletePath = Path + "/delete";

    private static readonly TimeSpan LanguageKept = TimeSpan.FromDays(365);

    public static void MapOwnPages(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup(Path).WithMetadata(new ForPeople()).ExcludeFromDescription();
        pages.MapGet("", ShowAsync);
        pages.MapGet("/looks", LooksAsync);
        pages.MapGet("/data", DataAsync);
        pages.MapGet("/withdraw", (HttpContext http) => Sure(http, isWithdrawal: true));
        pages.MapGet("/delete", (HttpContext http) => Sure(http, isWithdrawal: false));
        var own = app.MapGroup(Path).WithMetadata(new ForPeople()).RequireAuthorization(Policies.OwnAccount).ExcludeFromDescription();
        own.MapGet("/track/{device:int}", TrackAsync);
        own.MapPost("/consent", ConsentAsync).DisableAntiforgery(); // checked for all of them in CookieRequests
        own.MapPost("/shift", ShiftAsync).DisableAntiforgery();
        own.MapPost("/withdraw", (HttpContext http, PersonAdministration people, OwnReader own) =>
            ChangeOfDataAsync(http, people, own, new WithdrawConsent())).DisableAntiforgery();
        own.MapPost("/delete", (HttpContext http, PersonAdministration people, OwnReader own) =>
            ChangeOfDataAsync(http, people, own, new RequestErasure())).DisableAntiforgery();
    }

    private static async Task<IResult> ShowAsync(HttpContext http, string? notice, OwnReader own)
    {
        if (MeOf(http) is not { } me)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        return await PageAsync(http, own, me, refusal: null, isNoticeAsked: notice == "1");
    }

    /// <summary>What he answers is what he was shown: a text that changed meanwhile is shown again.</summary>
    private static async Task<IResult> ConsentAsync(
        HttpContext http, [FromForm] string? answer, [FromForm] string? language, [FromForm] string? hash,
        PersonAdministration people, OwnReader own)
    {
        if (MeOf(http) is not { } me)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        var words = WordsOf(http);
        var picture = await own.PictureAsync(me.Tenant, me.Person, language ?? words.Language, isNoticeAsked: true, http.RequestAborted);
        var notice = picture.Notice.ToConsent();
        if (answer is not ("yes" or "no") || notice.TextHash != hash || picture.Devices.Count == 0)
            return await PageAsync(http, own, me, words.NoticeChanged, isNoticeAsked: true);
        return await DoAsync(http, people, own, me, answer == "yes" ? new GiveConsent(notice) : new DeclineConsent(notice));
    }

    private static async Task<IResult> ShiftAsync(HttpContext http, [FromForm] string? on, PersonAdministration people, OwnReader own)
    {
        if (MeOf(http) is not { } me)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        if (on != "1")
            return await DoAsync(http, people, own, me, new EndShift());
        var picture = await own.PictureAsync(me.Tenant, me.Person, WordsOf(http).Language, isNoticeAsked: false, http.RequestAborted);
        return await DoAsync(http, people, own, me, new StartShift(PositionNotice.Version, picture.Notice.RetentionDays));
    }

    private static async Task<IResult> DoAsync(
        HttpContext http, PersonAdministration people, OwnReader own, (TenantId Tenant, Guid Person) me, PersonCommand command) =>
        await TryAsync(http, people, me.Person, command) is { } refusal
            ? await PageAsync(http, own, me, refusal, isNoticeAsked: false) : SignIn.SeeOther(http, Path);

    private static async Task<IResult> ChangeOfDataAsync(HttpContext http, PersonAdministration people, OwnReader own, PersonCommand command)
    {
        if (MeOf(http) is not { } me)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        return await TryAsync(http, people, me.Person, command) is { } refusal
            ? await DataPageAsync(http, own, me, refusal) : SignIn.SeeOther(http, DataPath);
    }

    /// <summary>Why it was not done, in his language; null when it was.</summary>
    private static async Task<string?> TryAsync(HttpContext http, PersonAdministration people, Guid person, PersonCommand command)
    {
        var words = WordsOf(http);
        try
        {
            return (await people.DecideAsync(person, command))?.Code switch
            {
                null => null,
                "people.no-consent" or "people.consent-outdated" => words.NoticeChanged,
                "people.erasure-pending" => words.Erasing,
                _ => words.SomethingWrong,
            };
        }
        catch (Exception e) when (IngestPipeline.IsNotStored(e))
        {
            return words.SomethingWrong;
        }
    }

    private static async Task<IResult> LooksAsync(HttpContext http, LookReader looks)
    {
        if (MeOf(http) is not { } me)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        var before = new QueryText(http.Request.Query).Cursor("before", PageCursor.TimeAndNumberOf);
        var page = await looks.ReadAsync(me.Tenant, new LookQuestion(before?.Id, LookReader.OwnPage, Person: me.Person), http.RequestAborted);
        return PageAnswer.Of<WhoSawMePage>(http, new()
        {
            [nameof(WhoSawMePage.Looks)] = page.Looks,
            [nameof(WhoSawMePage.Older)] = page.NextCursor,
            [nameof(WhoSawMePage.IsNewest)] = before is null,
            [nameof(WhoSawMePage.Words)] = WordsOf(http),
        });
    }

    private static async Task<IResult> DataAsync(HttpContext http, OwnReader own)
    {
        if (MeOf(http) is not { } me)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        return await DataPageAsync(http, own, me, refusal: null);
    }

    /// <summary>One's own track needs no reason and is no look.</summary>
    private static async Task<IResult> TrackAsync(
        int device, HttpContext http, OwnReader own, TrackReader tracks, [FromKeyedServices(SiloServices.ProductClock)] TimeProvider time)
    {
        var format = new QueryText(http.Request.Query).Word("format", "geojson", "gpx", "csv") ?? "gpx";
        if (MeOf(http) is not { } me || await own.DeviceAsync(me.Tenant, me.Person, device, http.RequestAborted) is not { } mine)
            return PageAnswer.Message(http, StatusCodes.Status404NotFound, "No such device", DeviceFinder.Unknown.Message, DeviceFinder.Unknown.Code);
        var to = UtcMicros.From(time.GetUtcNow()).Plus(TimeSpan.FromDays(1));
        var query = new TrackQuery(new DeviceId(device), to.Minus(TimeSpan.FromDays(3_700)), to, IncludesMarked: true);
        var track = await TrackExport.BegunAsync(tracks.ReadAsync(me.Tenant, query, http.RequestAborted), http.RequestAborted);
        return TypedResults.Stream(
            output => TrackExport.WriteAsync(
                format, new TrackHead(mine.UniqueId, mine.Name), track, () => new TrackTail(null), output, http.RequestAborted),
            TrackExport.ContentType(format), $"track-{device}.{format}");
    }

    private static IResult Sure(HttpContext http, bool isWithdrawal)
    {
        if (MeOf(http) is null)
            return SignIn.Page(http, status: StatusCodes.Status401Unauthorized);
        var words = WordsOf(http);
        string[] texts = isWithdrawal ? [words.WithdrawText] : [words.DeleteText, words.DeleteStays];
        return PageAnswer.Of<SurePage>(http, new()
        {
            [nameof(SurePage.Title)] = isWithdrawal ? words.Withdraw : words.Delete,
            [nameof(SurePage.Texts)] = texts,
            [nameof(SurePage.Action)] = isWithdrawal ? WithdrawPath : DeletePath,
            [nameof(SurePage.Sure)] = isWithdrawal ? words.WithdrawSure : words.DeleteSure,
            [nameof(SurePage.Words)] = words,
        });
    }

    private static async Task<IResult> PageAsync(
        HttpContext http, OwnReader own, (TenantId Tenant, Guid Person) me, string? refusal, bool isNoticeAsked)
    {
        var words = WordsOf(http);
        return PageAnswer.Of<MePage>(http, new()
        {
            [nameof(MePage.Me)] = await own.PictureAsync(me.Tenant, me.Person, words.Language, isNoticeAsked, http.RequestAborted),
            [nameof(MePage.Words)] = words,
            [nameof(MePage.Refusal)] = refusal,
        });
    }

    private static async Task<IResult> DataPageAsync(HttpContext http, OwnReader own, (TenantId Tenant, Guid Person) me, string? refusal)
    {
        var words = WordsOf(http);
        return PageAnswer.Of<MyDataPage>(http, new()
        {
            [nameof(MyDataPage.Me)] = await own.PictureAsync(me.Tenant, me.Person, words.Language, isNoticeAsked: false, http.RequestAborted),
            [nameof(MyDataPage.Data)] = await own.DataAsync(me.Tenant, me.Person, http.RequestAborted),
            [nameof(MyDataPage.Words)] = words,
            [nameof(MyDataPage.Refusal)] = refusal,
        });
    }

    private static (TenantId Tenant, Guid Person)? MeOf(HttpContext http) =>
        SessionCookie.UserOf(http.User) is { } person && SessionCookie.TenantOf(http.User) is { } tenant ? (tenant, person) : null;

    private static PersonWords WordsOf(HttpContext http)
    {
        if (PersonWords.Known(http.Request.Query["lang"].ToString()) is not { } chosen)
            return PersonWords.Of(http.Request);
        http.Response.Cookies.Append(PersonWords.LanguageCookie, chosen.Language, new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Strict, MaxAge = LanguageKept, IsEssential = true,
        });
        return chosen;
    }
}
