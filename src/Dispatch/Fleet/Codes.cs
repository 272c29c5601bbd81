using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Fleet;

/// <summary>The wire's numbers for kind, availability and motion, with their names in REST and for people.</summary>
public static class Codes
{
    public static readonly string[] Kinds = ["vehicle", "person", "asset"];

    public static readonly string[] Availabilities = ["unknown", "available", "busy", "onBreak", "offDuty", "outOfService"];

    public static readonly string[] Motions = ["unknown", "moving", "idle", "stopped"];

    public static int KindOf(string word) => IndexOf(Kinds, word);

    public static int AvailabilityOf(string word) => IndexOf(Availabilities, word);

    public static int MotionOf(string word) => IndexOf(Motions, word);

    public static string Kind(int code, Words words) => code switch
    {
        1 => words.Person,
        2 => words.Asset,
        _ => words.Vehicle,
    };

    public static string Availability(int code, Words words) => code switch
    {
        1 => words.Available,
        2 => words.Busy,
        3 => words.OnBreak,
        4 => words.OffDuty,
        5 => words.OutOfService,
        _ => words.Unknown,
    };

    public static string Motion(int code, Words words) => code switch
    {
        1 => words.Moving,
        2 => words.Idle,
        3 => words.Stopped,
        _ => words.Unknown,
    };

    /// <summary>What was raised, by the word of the list of alarms.</summary>
    public static string Alarm(string kind, Words words) => kind switch
    {
        "sos" => words.AlarmSos,
        "crash" => words.AlarmCrash,
        "fall" => words.AlarmFall,
        "tow" => words.AlarmTow,
        "tamper" => words.AlarmTamper,
        "powerCut" => words.AlarmPowerCut,
        "lowBattery" => words.AlarmLowBattery,
        "overspeed" => words.AlarmOverspeed,
        "harshDriving" => words.AlarmHarshDriving,
        "movement" => words.AlarmMovement,
        _ => words.Alarm,
    };

    /// <summary>Somebody may be hurt: another sound, another colour.</summary>
    public static bool IsUrgent(string alarmKind) => alarmKind is "sos" or "crash" or "fall";

    /// <summary>Why a position is doubted: a mark's word, or the code of a quarantine's reason.</summary>
    public static string Mark(string mark, Words words) => mark switch
    {
        "declaredInvalid" => words.MarkInvalid,
        "nullIsland" => words.MarkNullIsland,
        "teleport" => words.MarkTeleport,
        "fix.future" => words.MarkFuture,
        "fix.older-than-retention" => words.MarkTooOld,
        _ => mark,
    };

    // A word that a newer server says and we do not know reads as the first.
    private static int IndexOf(string[] names, string word)
    {
        var plain = word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return Math.Max(0, Array.FindIndex(names, n => n.Equals(plain, StringComparison.OrdinalIgnoreCase)));
    }
}
