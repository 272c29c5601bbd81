namespace FieldCrm.Silo.Retention;

/// <summary>What a grain says that was asked to forget.</summary>
public enum ForgetOutcome
{
    /// <summary>Nothing is left.</summary>
    Done,

    /// <summary>A part of it; ask again.</summary>
    More,

    /// <summary>Not now: a refold is under way that began before.</summary>
    Later,
}
