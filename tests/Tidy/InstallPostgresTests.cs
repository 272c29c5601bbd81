using System.Diagnostics;

namespace FieldCrm.Tidy;

/// <summary>
/// tools/install-postgres.sh on a system of files of its own. Its apt is a stub that does what Debian's packages do after they
/// are unpacked: a first server makes a cluster "main", unless <c>createcluster.conf</c> says otherwise.
/// </summary>
public sealed class InstallPostgresTests : IDisposable
{
    private const string AptGet = """
        #!/usr/bin/env bash
        set -euo pipefail
        echo "apt-get $*" >>"$FIELDCRM_SYSTEM_ROOT/log"
        conf=$FIELDCRM_SYSTEM_ROOT/etc/postgresql-common/createcluster.conf
        told() {
          if command -v pg_conftool >/dev/null; then # what the packages ask
            pg_conftool "$conf" show -bs create_main_cluster 2>/dev/null || true
          else
            cat "$conf" "$(sed -n "s/^include_dir '\(.*\)'/\1/p" "$conf")"/*.conf 2>/dev/null | sed -n 's/^create_main_cluster *= *//p' | tail -n 1
          fi
        }
        for package in "$@"; do
          case $package in
            postgresql-common)
              mkdir -p "$(dirname "$conf")"
              [ -e "$conf" ] || printf '%b' "$STUB_CONF" >"$conf" ;;
            postgresql-15)
              [ -z "${STUB_FAILS:-}" ] || exit 100
              if [ ! -x "$FIELDCRM_SYSTEM_ROOT/usr/lib/postgresql/15/bin/postgres" ]; then
                case $(told) in false | off | no | 0) ;; *) mkdir -p "$FIELDCRM_SYSTEM_ROOT/etc/postgresql/15/main" ;; esac
                mkdir -p "$FIELDCRM_SYSTEM_ROOT/usr/lib/postgresql/15/bin"
                ln -s /bin/true "$FIELDCRM_SYSTEM_ROOT/usr/lib/postgresql/15/bin/postgres"
              fi ;;
            postgresql-15-*)
              mkdir -p "$FIELDCRM_SYSTEM_ROOT/usr/share/postgresql/15/extension"
              touch "$FIELDCRM_SYSTEM_ROOT/usr/share/postgresql/15/extension/"{postgis,pgrouting}.control ;;
          esac
        done
        """;

    private const string AptCache = "#!/bin/sh\necho '  Depends: postgresql-15'\n";
    private const string Sudo = "#!/bin/sh\n[ \"$1\" = -v ] || exec \"$@\"\n";
    private const string Including = "include_dir 'SYSTEM/etc/postgresql-common/createcluster.d'\\n";

    private readonly string _system = Directory.CreateTempSubdirectory("fieldcrm-apt-").FullName;

    public InstallPostgresTests()
    {
        foreach (var (name, text) in new[] { ("apt-get", AptGet), ("apt-cache", AptCache), ("sudo", Sudo) })
        {
            var path = At("stub", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => Directory.Delete(_system, recursive: true);

    [Theory]
    [InlineData(Including)]
    [InlineData("# ssl = on\\n")] // of before there was such a folder
    public void Given_a_system_without_PostgreSQL_When_it_is_installed_Then_no_cluster_is_made_and_later_ones_are_made_as_ever(string conf)
    {
        var (code, said) = Install(conf);

        Assert.True(code == 0, said);
        Assert.True(File.Exists(At("usr", "share", "postgresql", "15", "extension", "pgrouting.control")));
        Assert.False(Directory.Exists(At("etc", "postgresql")), "a cluster of the system was made");
        Assert.False(File.Exists(DropIn), "what was said of this installation is said of every later one");

        // What the administrator installs next is not ours to decide.
        Directory.Delete(At("usr", "lib"), recursive: true);
        Apt(conf, "postgresql-15");
        Assert.True(Directory.Exists(At("etc", "postgresql", "15", "main")));
    }

    [Fact]
    public void Given_an_installation_that_fails_When_it_ends_Then_one_line_says_so_and_nothing_is_left_of_what_was_said()
    {
        var (code, said) = Install(Including, fails: true);

        Assert.Equal(1, code);
        Assert.EndsWith("apt could not install them (see above): mend that and start again, or set FIELDCRM_DATABASE.\n", said, StringComparison.Ordinal);
        Assert.False(File.Exists(DropIn));
        Assert.False(Directory.Exists(At("etc", "postgresql")));
    }

    [Fact]
    public void Given_an_administrators_PostgreSQL_without_PostGIS_When_it_is_completed_Then_its_cluster_stays_and_nothing_is_said_of_clusters()
    {
        Apt(Including, "postgresql-common", "postgresql-15");
        File.WriteAllText(At("etc", "postgresql", "15", "main", "postgresql.conf"), "theirs");
        File.WriteAllText(At("log"), "");

        var (code, said) = Install(Including);

        Assert.True(code == 0, said);
        Assert.Equal("theirs", File.ReadAllText(At("etc", "postgresql", "15", "main", "postgresql.conf")));
        Assert.False(Directory.Exists(Path.GetDirectoryName(DropIn)));
        Assert.DoesNotContain("postgresql-common", File.ReadAllText(At("log")), StringComparison.Ordinal);
    }

    [Fact]
    public void Given_everything_in_place_When_asked_Then_apt_is_not()
    {
        Apt(Including, "postgresql-common", "postgresql-15", "postgresql-15-postgis-3");
        File.WriteAllText(At("log"), "");

        Assert.Equal((0, ""), Install(Including));
        Assert.Equal("", File.ReadAllText(At("log")));
    }

    private string DropIn => At("etc", "postgresql-common", "createcluster.d", "fieldcrm.conf");

    private string At(params string[] names) => Path.Combine([_system, .. names]);

    private (int Code, string Said) Install(string conf, bool fails = false) =>
        Run(Path.Combine(Repository.Root, "tools", "install-postgres.sh"), conf, fails);

    private void Apt(string conf, params string[] packages) => Assert.Equal(0, Run(At("stub", "apt-get"), conf, fails: false, ["install", .. packages]).Code);

    private (int Code, string Said) Run(string program, string conf, bool fails, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" 2>&1", "bash", program, .. arguments]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{At("stub")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["FIELDCRM_SYSTEM_ROOT"] = _system;
        start.Environment["STUB_CONF"] = conf.Replace("SYSTEM", _system, StringComparison.Ordinal);
        if (fails)
            start.Environment["STUB_FAILS"] = "yes";
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
