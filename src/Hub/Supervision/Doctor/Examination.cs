namespace FieldCrm.Hub.Supervision.Doctor;

/// <summary>The doctor's round, in order; later looks need what earlier ones found.</summary>
internal sealed class Examination(InstancePaths paths, TimeProvider time)
{
    private readonly List<Finding> _findings = [];
    private int _problemCode = ExitCode.Problem;

    public async Task<DoctorReport> RunAsync(CancellationToken cancellationToken)
    {
        var external = ExternalDatabase.FromEnvironment() is not null;
        await LookAsync("tools", () => Tools(external));
        await LookAsync("disk", Disk);
        await LookAsync("files", Files);
        var usable = _findings.All(f => f.State != FindingState.Problem) && Instance.Read(paths) is not null;
        if (usable)
        {
            await LookAsync("server", () => ServerAsync(cancellationToken));
            await LookAsync("certificate", () => CertificateAsync(cancellationToken));
            await LookAsync("database", () => DatabaseAsync(external, cancellationToken));
        }
        var healthy = _findings.All(f => f.State != FindingState.Problem);
        return new DoctorReport(_findings, healthy ? ExitCode.Ok : _problemCode);
    }

    private async Task LookAsync(string name, Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (StartRefusedException refused)
        {
            if (refused.ExitCode == ExitCode.NeedsAdministrator)
                _problemCode = refused.ExitCode;
            Problem(name, refused.Message);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or Npgsql.NpgsqlException)
        {
            Problem(name, failed.Message);
        }
    }

    private Task Tools(bool external)
    {
        Ok("tools", $".NET {Environment.Version}");
        if (external)
            return Task.CompletedTask;
        var installation = PostgresInstallation.Find(PostgresInstallation.MajorOf(paths.Cluster));
        Ok("tools", $"PostgreSQL {installation.Major} with PostGIS and pgRouting in {installation.BinDirectory}");
        return Task.CompletedTask;
    }

    private Task Disk()
    {
        var nearest = paths.Directory;
        while (!Directory.Exists(nearest))
            nearest = Path.GetDirectoryName(nearest)!;
        DiskSpace.Require(nearest);
        Ok("disk", $"{DiskSpace.FreeBytes(nearest) / (1024 * 1024)} MB free");
        return Task.CompletedTask;
    }

    private Task Files()
    {
        if (Instance.Read(paths) is not { } instance)
        {
            Note("files", $"no instance in {paths.Directory} yet: ./run makes one");
            return Task.CompletedTask;
        }
        Ok("files", $"{paths.InstanceFile}: HTTP port {instance.Port}, PostgreSQL {instance.PostgresPort}, silo {instance.SiloPort}");
        InstanceSecrets.Read(paths);
        foreach (var secret in new[] { paths.SecretsFile, paths.OperatorCredential })
        {
            if (!File.Exists(secret))
                Problem("files", $"{secret} is missing: ./run makes a new one");
            else if (File.GetUnixFileMode(secret) != PrivateFile.Mode)
                Problem("files", $"{secret} can be read by others: chmod 600 {secret}");
            else
                Ok("files", $"{secret} is private");
        }
        if (File.Exists(paths.Maintenance))
            Note("files", $"{paths.Maintenance} exists: the server is held until it is removed");
        return Task.CompletedTask;
    }

    private async Task ServerAsync(CancellationToken cancellationToken)
    {
        var instance = Instance.Read(paths)!;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var answer = await http.GetAsync(new Uri(instance.Address + "/health/ready"), cancellationToken);
            if (answer.IsSuccessStatusCode)
                Ok("server", $"serves at {instance.Address}");
            else
                Problem("server", $"is not ready: {(await answer.Content.ReadAsStringAsync(cancellationToken)).Trim().ReplaceLineEndings(", ")}");
        }
        catch (Exception failed) when (failed is HttpRequestException or TaskCanceledException)
        {
            Note("server", "is not running: ./run starts it");
        }
    }

    private async Task CertificateAsync(CancellationToken cancellationToken) => _findings.AddRange(await new CertificateExamination(
        paths, Instance.Read(paths)!, ServerHost.Settings(paths)["Public:Address"], time).RunAsync(cancellationToken));

    private async Task DatabaseAsync(bool external, CancellationToken cancellationToken)
    {
        var running = external ? null : Postmaster.Find(paths.Cluster, time);
        Note("database", external ? $"named by {ExternalDatabase.Variable}"
            : running is null ? "PostgreSQL is stopped: started for this look"
            : $"PostgreSQL runs (process {running.ProcessId}, port {running.Port})");
        await using var session = await OfflineSession.OpenAsync(paths, time, _ => { }, cancellationToken);
        _findings.AddRange(await DatabaseExamination.RunAsync(session.Database.Addresses, cancellationToken));
    }

    private void Ok(string name, string detail) => _findings.Add(new Finding(name, FindingState.Ok, detail));

    private void Note(string name, string detail) => _findings.Add(new Finding(name, FindingState.Note, detail));

    private void Problem(string name, string detail) => _findings.Add(new Finding(name, FindingState.Problem, detail));
}
