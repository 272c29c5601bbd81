using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Shell;

/// <summary>A word to the reader that goes by itself, with at most one thing to do about it.</summary>
public sealed record Toast(string Text, string? ActionText = null, Func<Task>? Act = null, bool IsFailure = false);

/// <summary>What every part of the console shares: the reader's words and formats, who is signed in, what is said in passing.</summary>
public sealed class Desk
{
    /// <summary>What a tab remembers of an operator's choice.</summary>
    public const string TenantName = "fieldcrm.tenant";

    private const string OperatorRole = "operator";

    // More would hide the map.
    private const int MaxToasts = 3;

    private readonly List<Toast> _toasts = [];
    private readonly Preferences _preferences;

    public Desk(ConsoleApi api, Preferences preferences)
    {
        Api = api;
        _preferences = preferences;
        Formats = FormatsOf(preferences);
    }

    /// <summary>Words, formats, session or toasts are others now.</summary>
    public event Action? Changed;

    public ConsoleApi Api { get; }

    public Preferences Preferences => _preferences;

    public Formats Formats { get; private set; }

    public Words Words => Formats.Words;

    /// <summary>Why this reader opened whose details, while that is one look.</summary>
    public LookReasons Reasons { get; } = new(TimeProvider.System);

    public Session? Session { get; private set; }

    public bool IsSignedOut { get; private set; }

    public bool IsOperator => Session?.Role == OperatorRole;

    public bool IsAdmin => Session?.Role is "admin" or OperatorRole;

    public bool MayDispatch => IsAdmin || Session?.Role == "dispatcher";

    public bool MayAudit => IsAdmin || Session?.Role == "auditor";

    /// <summary>Whose data an operator looks at.</summary>
    public string LookedAt => Api.Tenant ?? "default";

    public IReadOnlyList<Toast> Toasts => _toasts;

    private static Formats FormatsOf(Preferences chosen) =>
        new(chosen.Words, chosen.Measures, TimeZoneInfo.Local, Formats.IsMonthFirst(chosen.Locale));

    public async Task SignInAsync(CancellationToken cancellationToken)
    {
        var answer = await Api.SessionAsync(cancellationToken);
        Session = answer.Value;
        IsSignedOut = answer.IsSignedOut;
        if (Session is not null && !IsOperator)
            Api.Tenant = null;
        Changed?.Invoke();
    }

    /// <summary>Says what went wrong, once for all views; a session that ended is told by the shell.</summary>
    public void Refused<T>(Answer<T> answer)
        where T : class
    {
        if (answer.IsSignedOut)
        {
            IsSignedOut = true;
            Changed?.Invoke();
            return;
        }
        Say(new Toast(Formats.Fill(Words.Failed, Reason(answer)), IsFailure: true));
    }

    /// <summary>Why there is no value, in the reader's language where its code is known to us.</summary>
    public string Reason<T>(Answer<T> answer)
        where T : class => Words.Refusals.Of(answer.Code) ?? answer.Message ?? answer.Code ?? "";

    /// <summary>From now on an operator's requests are about this tenant.</summary>
    public void LookAt(string tenant)
    {
        Api.Tenant = tenant;
        Changed?.Invoke();
    }

    public void Say(Toast toast)
    {
        _toasts.Add(toast);
        if (_toasts.Count > MaxToasts)
            _toasts.RemoveAt(0);
        Changed?.Invoke();
    }

    public void Dismiss(Toast toast)
    {
        if (_toasts.Remove(toast))
            Changed?.Invoke();
    }

    public void Choose(string? language = null, MeasureSystem? measures = null, string? theme = null)
    {
        if (language is not null)
            _preferences.SetLanguage(language);
        if (measures is { } chosen)
            _preferences.SetMeasures(chosen);
        if (theme is not null)
            _preferences.Theme = theme;
        Formats = FormatsOf(_preferences);
        Changed?.Invoke();
    }
}
