using System.Globalization;

namespace FieldCrm.Hub.Supervision;

/// <summary>The installed PostgreSQL that a cluster is run with.</summary>
internal sealed record PostgresInstallation(int Major, string BinDirectory)
{
    public const int OldestMajor = 15;

    private static readonly string[] Extensions = ["postgis", "pgrouting"];

    // Debian and Ubuntu; the PostgreSQL project's own packages for Red Hat.
    private static readonly (string Parent, string Prefix, string Share)[] Layouts =
    [
        ("/usr/lib/postgresql", "", "/usr/share/postgresql/{0}/extension"),
        ("/usr", "pgsql-", "/usr/pgsql-{0}/share/extension"),
    ];

    public string Postgres => Path.Combine(BinDirectory, "postgres");

    public string InitDb => Path.Combine(BinDirectory, "initdb");

    /// <summary>The newest usable one, or the one of an existing cluster's <paramref name="major"/>.</summary>
    /// <exception cref="StartRefusedException"><c>postgres.missing</c> or <c>postgres.version</c></exception>
    public static PostgresInstallation Find(int? major)
    {
        var all = Installed();
        var usable = all.Where(i => i.Major >= OldestMajor && (major is null || i.Major == major))
            .OrderByDescending(i => i.Major).Select(i => i.Found).FirstOrDefault(i => i is not null);
        if (usable is not null)
            return usable;
        var present = all.Length == 0 ? "none" : string.Join(", ", all.Select(i => i.Major));
        if (major is { } needed)
        {
            throw new StartRefusedException("postgres.version",
                $"The database was made by PostgreSQL {needed}, installed is {present}: install postgresql-{needed}, " +
                $"postgresql-{needed}-postgis-3 and postgresql-{needed}-pgrouting, or move it with pg_upgrade.");
        }
        throw new StartRefusedException("postgres.missing",
            $"PostgreSQL {OldestMajor} or newer with PostGIS and pgRouting is needed (installed: {present}): " +
            "run tools/install-postgres.sh, or set FIELDCRM_DATABASE to a server that has them.");
    }

    /// <summary>
    /// Where pg_dump, pg_restore and psql for a server of <paramref name="major"/> lie: of its version, else of the next
    /// newer one; null when there are none. A client package alone has them too.
    /// </summary>
    public static string? ClientDirectory(int major) => Layouts
        .Where(layout => Directory.Exists(layout.Parent))
        .SelectMany(layout => Directory.EnumerateDirectories(layout.Parent, layout.Prefix + "*")
            .Select(d => (Name: Path.GetFileName(d)[layout.Prefix.Length..], Bin: Path.Combine(d, "bin"))))
        .Select(found => (Major: int.TryParse(found.Name, CultureInfo.InvariantCulture, out var number) ? number : 0, found.Bin))
        .Where(found => found.Major >= major && File.Exists(Path.Combine(found.Bin, "pg_dump")))
        .OrderBy(found => found.Major).Select(found => found.Bin).FirstOrDefault();

    /// <summary>The major version of the cluster in a data directory; null when there is none.</summary>
    /// <exception cref="StartRefusedException"><c>postgres.damaged</c></exception>
    public static int? MajorOf(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "PG_VERSION");
        if (!File.Exists(file))
            return null;
        return int.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out var major)
            ? major
            : throw new StartRefusedException("postgres.damaged",
                $"{file} holds no version, so the database is damaged: put the directory back from a copy, or restore a backup into a new --data DIR.");
    }

    private static (int Major, PostgresInstallation? Found)[] Installed()
    {
        var found = new List<(int, PostgresInstallation?)>();
        foreach (var (parent, prefix, share) in Layouts)
        {
            if (!Directory.Exists(parent))
                continue;
            foreach (var directory in Directory.EnumerateDirectories(parent, prefix + "*"))
            {
                var bin = Path.Combine(directory, "bin");
                if (!int.TryParse(Path.GetFileName(directory)[prefix.Length..], out var major)
                    || !File.Exists(Path.Combine(bin, "postgres")))
                    continue;
                var extensions = string.Format(CultureInfo.InvariantCulture, share, major);
                var complete = Extensions.All(e => File.Exists(Path.Combine(extensions, e + ".control")));
                found.Add((major, complete ? new PostgresInstallation(major, bin) : null));
            }
        }
        return [.. found];
    }
}
