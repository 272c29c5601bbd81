namespace FieldCrm.Hub.People;

/// <summary>Every text of a person's own pages; a language that lacks one does not compile.</summary>
public sealed partial record PersonWords
{
    public const string LanguageCookie = "fieldcrm.lang";

    public static IReadOnlyList<PersonWords> All => [English, Spanish, German];

    public required string Language { get; init; }
    public required string LanguageName { get; init; }
    public required string Skip { get; init; }
    public required string Account { get; init; }
    public required string SignOut { get; init; }
    public required string MyShift { get; init; }
    public required string WhoSawMe { get; init; }
    public required string MyData { get; init; }
    public required string OnShift { get; init; }
    public required string OnShiftSince { get; init; }
    public required string OnShiftText { get; init; }
    public required string OffShift { get; init; }
    public required string OffShiftText { get; init; }
    public required string BeginShift { get; init; }
    public required string EndShift { get; init; }
    public required string NoDevice { get; init; }
    public required string NoDeviceText { get; init; }
    public required string Devices { get; init; }
    public required string Yes { get; init; }
    public required string No { get; init; }
    public required string NoticeChanged { get; init; }
    public required string SaidNo { get; init; }
    public required string SaidNoText { get; init; }
    public required string ReadNotice { get; init; }
    public required string Erasing { get; init; }
    public required string SomethingWrong { get; init; }
    public required string SawHint { get; init; }
    public required string NobodySaw { get; init; }
    public required string Older { get; init; }
    public required string Newest { get; init; }
    public required string ForProgram { get; init; }
    public required string ForOperator { get; init; }
    public required string Nameless { get; init; }
    public required string LookedAtDay { get; init; }
    public required string LookedAtTrack { get; init; }
    public required string LookedAtUnit { get; init; }
    public required string LookedAtEvents { get; init; }
    public required string LookedAtReplay { get; init; }
    public required string LookedAtExport { get; init; }
    public required string OfTime { get; init; }
    public required string Stored { get; init; }
    public required string StoredFrom { get; init; }
    public required string StoredNothing { get; init; }
    public required string KeptDays { get; init; }
    public required string TakeAlong { get; init; }
    public required string YourWord { get; init; }
    public required string GivenAt { get; init; }
    public required string DeclinedAt { get; init; }
    public required string WithdrawnAt { get; init; }
    public required string TextAndHash { get; init; }
    public required string Withdraw { get; init; }
    public required string WithdrawText { get; init; }
    public required string WithdrawSure { get; init; }
    public required string Back { get; init; }
    public required string Delete { get; init; }
    public required string DeleteText { get; init; }
    public required string DeleteStays { get; init; }
    public required string DeleteSure { get; init; }
    public required string Deleted { get; init; }

    /// <summary>The reader's: what he chose, else what his browser asks for, else English.</summary>
    public static PersonWords Of(HttpRequest request)
    {
        if (Known(request.Cookies[LanguageCookie]) is { } chosen)
            return chosen;
        var asked = request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1);
        return asked.Select(l => Known(l.Value.Length >= 2 ? l.Value.Value?[..2] : null)).FirstOrDefault(w => w is not null) ?? English;
    }

    public static PersonWords? Known(string? language) =>
        All.FirstOrDefault(w => w.Language.Equals(language, StringComparison.OrdinalIgnoreCase));
}
