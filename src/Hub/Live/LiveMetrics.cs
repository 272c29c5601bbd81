using System.Diagnostics.Metrics;

namespace FieldCrm.Hub.Live;

/// <summary>What is sent to live pictures, as meter <c>FieldCrm.Live</c>.</summary>
internal sealed class LiveMetrics
{
    public const string MeterName = "FieldCrm.Live";

    private readonly Counter<long> _ticks;
    private readonly Counter<long> _stretched;
    private readonly Counter<long> _messages;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _blocks;
    private readonly Histogram<double> _tickDuration;

    public LiveMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _ticks = meter.CreateCounter<long>("fieldcrm.live.ticks", "{tick}", "Looks at the boards");
        _stretched = meter.CreateCounter<long>("fieldcrm.live.ticks.stretched", "{tick}", "Looks that came later than they should, under load");
        _messages = meter.CreateCounter<long>("fieldcrm.live.messages", "{message}", "Messages handed to connections");
        _skipped = meter.CreateCounter<long>("fieldcrm.live.messages.skipped", "{message}", "Messages not made because the one before was not taken yet");
        _blocks = meter.CreateCounter<long>("fieldcrm.live.blocks", "{block}", "Tiles encoded, each once for all who watch it");
        _tickDuration = meter.CreateHistogram<double>("fieldcrm.live.tick.duration", "ms");
    }

    public void Ticked(TimeSpan took, bool isStretched)
    {
        _ticks.Add(1);
        _tickDuration.Record(took.TotalMilliseconds);
        if (isStretched)
            _stretched.Add(1);
    }

    public void Sent() => _messages.Add(1);

    public void Skipped() => _skipped.Add(1);

    public void Encoded(int blocks) => _blocks.Add(blocks);
}
