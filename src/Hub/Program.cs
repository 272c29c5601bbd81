using FieldCrm.Hub.Cli;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Demonstration;

// One executable: the supervisor (run), the server (serve) and the operator's command line. Each verb is a file.
return await CommandLine.InvokeAsync(
    CommandLine.Root(
        RunCommand.Create(),
        ServeCommand.Create(),
        MigrateCommand.Create(),
        DoctorCommand.Create(),
        TenantVerbs.Create(),
        UserVerbs.Create(),
        DeviceVerbs.Create(),
        TrackVerbs.Create(),
        EnrolmentVerbs.Create(),
        UnregisteredVerbs.Create(),
        BackupVerb.Create(),
        RestoreVerb.Create(),
        LedgerVerbs.Create(),
        TokenVerbs.Create(),
        AuditVerbs.Create(),
        AuthorityVerbs.Create(),
        PeopleVerbs.Create(),
        DemoCommand.Create()),
    args);
