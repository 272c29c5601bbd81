using System.Globalization;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// The settings of the private cluster, written anew at each start into fieldcrm.conf, so that an update of the program
/// reaches old clusters. An operator's own settings go into local.conf beside it and win; but a start refuses settings
/// that give up durability (<see cref="DurabilityCheck"/>).
/// </summary>
internal static class PostgresConfiguration
{
    public const string OwnFile = "fieldcrm.conf";
    public const string LocalFile = "local.conf";

    /// <summary>Appended once to the postgresql.conf that initdb made.</summary>
    public const string Include = $"\ninclude '{OwnFile}'\ninclude_if_exists '{LocalFile}'\n";

    /// <summary>Password-authenticated TCP on loopback is the only way in.</summary>
    public const string HostBasedAuthentication = "host all all 127.0.0.1/32 scram-sha-256\n";

    public static string Render(int port, string logDirectory) => string.Create(CultureInfo.InvariantCulture, $"""
        # Written at every start; put your own settings into local.conf.
        listen_addresses = '127.0.0.1'
        port = {port}
        unix_socket_directories = ''
        password_encryption = 'scram-sha-256'
        max_connections = 120
        superuser_reserved_connections = 3
        # A restore is one transaction over every day that there is; each takes a handful of locks.
        max_locks_per_transaction = 256

        shared_buffers = {SharedBuffersMegabytes()}MB
        work_mem = 16MB
        maintenance_work_mem = 128MB
        # No server is told to believe what the disk has not: an answer means stored.
        fsync = on
        full_page_writes = on
        synchronous_commit = on
        wal_compression = on
        # A checkpoint spreads over minutes, so that commits stay even; recovery replays at most max_wal_size.
        checkpoint_timeout = 5min
        checkpoint_completion_target = 0.9
        max_wal_size = 2GB
        min_wal_size = 256MB
        random_page_cost = 1.1
        effective_io_concurrency = 100
        jit = off

        # Connections of a dead server are noticed, so that their locks go.
        tcp_keepalives_idle = 10
        tcp_keepalives_interval = 5
        tcp_keepalives_count = 3
        client_connection_check_interval = 2s

        timezone = 'UTC'
        log_timezone = 'UTC'
        # A file a weekday, truncated when its day comes again: a week of logs, bounded.
        logging_collector = on
        log_directory = '{logDirectory.Replace("'", "''", StringComparison.Ordinal)}'
        log_filename = 'postgres-%a.log'
        log_truncate_on_rotation = on
        log_rotation_age = 1d
        log_rotation_size = 0
        log_min_messages = warning
        log_checkpoints = off
        # A failed statement may hold personal data or a password.
        log_min_error_statement = panic
        log_error_verbosity = terse
        log_line_prefix = '%m [%p] %u '

        """);

    // A quarter of memory is PostgreSQL's advice; we share the machine, and 1 GB holds the hot day's indexes.
    private static long SharedBuffersMegabytes() =>
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024) / 8, 64, 1024);
}
