using FieldCrm.Dispatch.Administration;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Fleet;
using FieldCrm.Dispatch.Map;
using FieldCrm.Dispatch.Shell;

namespace FieldCrm.Dispatch.Tests;

public sealed class ShellTests
{
    private readonly Dictionary<string, string> _browser = [];

    [Fact]
    public void Given_saved_layouts_Then_they_come_back_and_the_oldest_goes()
    {
        var preferences = Preferences();
        for (var i = 0; i <= Shell.Preferences.MaxLayouts; i++)
            preferences.Save(new Layout($"L{i}", new MapView(i, 2, 3), new FleetFilter(Kinds: 1)));
        preferences.Save(new Layout("L5", new MapView(50, 2, 3), new FleetFilter("x")));
        var layouts = Preferences().Layouts();
        Assert.Equal(Shell.Preferences.MaxLayouts, layouts.Count);
        Assert.Equal("L1", layouts[0].Name);
        Assert.Equal(new Layout("L5", new MapView(50, 2, 3), new FleetFilter("x")), layouts[^1]);
        preferences.Delete("L5");
        Assert.DoesNotContain(preferences.Layouts(), l => l.Name == "L5");
    }

    [Fact]
    public void Given_damage_in_the_browser_Then_it_is_forgotten()
    {
        _browser["fieldcrm.layouts"] = "[{";
        _browser["fieldcrm.theme"] = "purple";
        Assert.Empty(Preferences().Layouts());
        Assert.Equal("", Preferences().Theme);
    }

    [Fact]
    public void Given_a_query_Then_the_palette_ranks_what_begins_with_it_first()
    {
        Command[] commands = [.. new[] { "Map in its own window", "Print the units", "Next unit" }.Select(n => new Command(n, () => Task.CompletedTask))];
        Assert.Equal(["Next unit", "Print the units"], CommandSearch.Find(commands, "unit").Select(c => c.Name).Order(StringComparer.Ordinal));
        Assert.Equal("Map in its own window", CommandSearch.Find(commands, "win map")[0].Name);
        Assert.Empty(CommandSearch.Find(commands, "xyz"));
    }

    [Fact]
    public void Given_a_CSV_file_Then_its_devices_are_read()
    {
        var devices = DeviceCsv.Read("\uFEFFid;name\r\nvan-1;\"Van; \"\"the\"\" first\"\r\n\r\nvan-2\n;nameless\n\"van-3\",Third\n");
        Assert.Equal(
            [new DeviceToAdd("van-1", "Van; \"the\" first"), new DeviceToAdd("van-2", null), new DeviceToAdd("van-3", "Third")], devices);
    }

    [Fact]
    public void Given_a_CSV_file_with_kinds_and_phones_in_the_order_of_its_headings_Then_each_goes_where_it_belongs()
    {
        Assert.Equal(
            [new DeviceToAdd("ana", "Ana", "person", "+598 99 1"), new DeviceToAdd("box", null, "asset")],
            DeviceCsv.Read("Phone,ID,Kind,Name\n+598 99 1,ana,Person,Ana\n,box,asset\n"));
        Assert.Equal([new DeviceToAdd("ana", "Ana", "person", "099 1")], DeviceCsv.Read("ana,Ana,person,099 1"));
    }

    private Preferences Preferences() => new(
        name => _browser.GetValueOrDefault(name),
        (name, value) =>
        {
            if (value is null)
                _browser.Remove(name);
            else
                _browser[name] = value;
        },
        "es-UY");
}
