using Npgsql;

namespace FieldCrm.Silo.Tests.Commit;

/// <summary>Holds whoever writes to the outbox inside COMMIT, by a deferred trigger that waits for an advisory lock.</summary>
internal sealed class HoldAtCommit : IAsyncDisposable
{
    public const string Trigger = """
        CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;
        GRANT EXECUTE ON FUNCTION wait_at_commit() TO PUBLIC;
        CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
        """;

    private NpgsqlConnection? _holder;

    public static async Task<HoldAtCommit> TakeAsync(TestDatabase database)
    {
        var holder = await database.Superuser.OpenConnectionAsync();
        await using var take = new NpgsqlCommand("SELECT pg_advisory_lock(4711)", holder);
        await take.ExecuteNonQueryAsync();
        return new HoldAtCommit { _holder = holder };
    }

    public async ValueTask DisposeAsync()
    {
        if (_holder is not { } holder)
            return;
        _holder = null;
        await using (var release = new NpgsqlCommand("SELECT pg_advisory_unlock(4711)", holder))
            await release.ExecuteNonQueryAsync();
        await holder.DisposeAsync();
    }
}
