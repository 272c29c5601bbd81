using FieldCrm.Core.People;
using Npgsql;
using NpgsqlTypes;

namespace FieldCrm.Silo.People;

/// <summary>
/// People's devices with the shift that goes on, for whoever asks who may be shown: in one place, so that all of them
/// mean the same by it. A shift of a disabled user, or one that lasts longer than it may, is none.
/// </summary>
public static class PersonOnShift
{
    /// <summary><c>d</c> is the device, <c>s</c> its shift, null off shift; $1 is <see cref="Began"/>.</summary>
    public const string From =
        """
        FROM device d
        LEFT JOIN app_user u ON u.user_id = d.holder_id AND u.disabled_at IS NULL
        LEFT JOIN person_shift s ON s.user_id = u.user_id AND s.ended_at IS NULL AND s.started_at > $1
        WHERE d.kind = 1
        """;

    /// <summary>The first parameter: shifts that began earlier have lasted too long.</summary>
    public static NpgsqlParameter Began(DateTimeOffset now) =>
        new() { Value = (now - Shift.MaxLength).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
