namespace FieldCrm.Hub.Supervision;

/// <summary>What the executable's exit codes mean; scripts rely on them (also in docs/OPERATING.md).</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A problem was found or a start was refused; one line on standard error says what to do.</summary>
    public const int Problem = 1;

    /// <summary>The command line could not be understood.</summary>
    public const int Usage = 2;

    /// <summary>The command needs a running server and there is none.</summary>
    public const int NoServer = 3;

    /// <summary>An administrator of the database must act first; the SQL to run was printed.</summary>
    public const int NeedsAdministrator = 4;

    /// <summary>The server drained because DIR/maintenance appeared; the supervisor starts it when the file is gone.</summary>
    public const int Maintenance = 75;
}
