using System.IO.Hashing;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;

namespace FieldCrm.Core.Tests.Devices;

/// <summary>The documented layout of a fold's state, written by the oracle's own hand.</summary>
internal static class NaiveState
{
    public static byte[] Write(NaiveOracle oracle)
    {
        var stream = new MemoryStream();
        var writer = new BinaryWriter(stream);
        var motion = oracle.Motion;
        var fixes = oracle.Fixes;
        var last = oracle.Track.Count == 0 ? -1 : oracle.Track[^1].Index;
        writer.Write((byte)1);
        writer.Write((byte)((fixes.Length > 0 ? 1 : 0) + (last >= 0 ? 2 : 0) + (motion.Circle >= 0 ? 4 : 0) + (motion.TripStart >= 0 ? 8 : 0)));
        writer.Write((byte)motion.State);
        writer.Write((byte)oracle.Open.Count);
        writer.Write((byte)motion.Leaving);
        writer.Write((long)fixes.Length);
        writer.Write(motion.Distance);
        if (fixes.Length > 0)
            Key(fixes[^1].Key);
        if (last >= 0)
            Full(last);
        oracle.Open.ForEach(Full);
        if (motion.Circle >= 0)
        {
            Point(motion.Circle);
            Point(motion.LastSeen);
            Position(motion.MeasuredFrom);
            writer.Write(motion.Pending);
            if (motion.State != MotionState.Moving)
                Point(motion.LastStill);
            if (motion.Leaving > 0)
                Point(motion.LeftAt);
        }
        if (motion.TripStart >= 0)
        {
            Point(motion.TripStart);
            writer.Write(motion.TripBase);
        }
        foreach (var kind in Enum.GetValues<AlarmKind>())
            writer.Write(oracle.LastAlarms.GetValueOrDefault(kind));
        writer.Write(XxHash64.HashToUInt64(stream.ToArray(), oracle.Device.Value));
        return stream.ToArray();

        void Key(FixKey key)
        {
            writer.Write(key.FixedAt.Value);
            writer.Write(key.ContentHash);
        }

        void Position(GeoPoint position)
        {
            writer.Write(position.LatitudeE7);
            writer.Write(position.LongitudeE7);
        }

        void Point(int index)
        {
            Key(fixes[index].Key);
            Position(fixes[index].Position);
        }

        void Full(int index)
        {
            Point(index);
            writer.Write(fixes[index].SpeedMmps ?? -1);
            writer.Write(fixes[index].HeadingCdeg ?? -1);
            writer.Write(fixes[index].AccuracyMm ?? -1);
            writer.Write(fixes[index].BatteryPermille ?? -1);
            writer.Write((byte)oracle.Raised.GetValueOrDefault(index));
        }
    }
}
