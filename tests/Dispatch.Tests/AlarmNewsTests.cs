using System.Text.Json;
using FieldCrm.Core.Live;
using FieldCrm.Dispatch.Alarms;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Shell;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed class AlarmNewsTests
{
    private const int Sos = 2;
    private const int Tow = 5;

    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Given_what_the_tenants_stream_says_of_alarms_Then_the_list_is_old_and_what_was_raised_just_now_is_told()
    {
        Assert.Equal(new AlarmNews(true, "sos"), Of("tenant/3", "AlarmRaised", Sos));
        Assert.Equal(new AlarmNews(true, "tow"), Of("tenant/3", "AlarmRaised", Tow));
        Assert.Equal(new AlarmNews(true, null), Of("tenant/3", "AlarmCorrected", Sos));
        Assert.Equal(new AlarmNews(true, null), Of("tenant/3", "AlarmAcknowledged", Sos));
    }

    [Fact]
    public void Given_the_devices_own_stream_or_another_event_Then_it_is_no_news_of_the_list()
    {
        Assert.Equal(new AlarmNews(false, null), Of("device/7", "AlarmRaised", Sos));
        Assert.Equal(new AlarmNews(false, null), Of("tenant/3", "DeviceRegistered", Sos));
    }

    [Fact]
    public void Given_alarms_that_come_late_Then_only_who_may_be_hurt_is_told_of_and_history_of_nobody()
    {
        Assert.Equal("sos", Of("tenant/3", "AlarmRaised", Sos, startedAgo: TimeSpan.FromHours(5)).Kind);
        Assert.Null(Of("tenant/3", "AlarmRaised", Tow, startedAgo: TimeSpan.FromHours(5)).Kind);
        Assert.Null(Of("tenant/3", "AlarmRaised", Sos, startedAgo: TimeSpan.FromHours(25)).Kind);
        Assert.Null(Of("tenant/3", "AlarmRaised", Sos, recordedAgo: TimeSpan.FromMinutes(11)).Kind);
    }

    [Fact]
    public void Given_every_kind_of_alarm_Then_each_has_words_of_its_own_in_every_language()
    {
        string[] kinds = ["sos", "crash", "fall", "tow", "tamper", "powerCut", "lowBattery", "overspeed", "harshDriving", "movement"];
        foreach (var words in Languages.All)
            Assert.Equal(kinds.Length, kinds.Select(k => Codes.Alarm(k, words)).Append(words.Alarm).Distinct().Count() - 1);
        Assert.Equal(["sos", "crash", "fall"], kinds.Where(Codes.IsUrgent));
    }

    [Fact]
    public void Given_a_choice_to_be_quiet_Then_the_browser_keeps_it()
    {
        var kept = new Dictionary<string, string?>();
        var preferences = new Preferences(name => kept.GetValueOrDefault(name), (name, value) => kept[name] = value, "en");
        Assert.False(preferences.IsMuted);
        preferences.IsMuted = true;
        Assert.True(new Preferences(name => kept.GetValueOrDefault(name), (_, _) => { }, "en").IsMuted);
        preferences.IsMuted = false;
        Assert.False(preferences.IsMuted);
    }

    private static AlarmNews Of(string stream, string type, int kind, TimeSpan startedAgo = default, TimeSpan recordedAgo = default)
    {
        var started = (Now - startedAgo).ToUnixTimeMilliseconds() * 1_000;
        var payload = JsonElement.Parse(FormattableString.Invariant($$$"""{"report":{"alarmId":"{{{Guid.Empty}}}","device":7,"kind":{{{kind}}},"startedAt":{{{started}}}}}"""));
        return AlarmNews.Of(new LiveEvent(stream, 4, type, Now - recordedAgo, 7, "van", payload), Now);
    }
}
