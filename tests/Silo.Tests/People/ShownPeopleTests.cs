using FieldCrm.Core;
using FieldCrm.Core.Devices;
using FieldCrm.Core.Geo;
using FieldCrm.Silo.Positions;

namespace FieldCrm.Silo.Tests.People;

/// <summary>The last-position table shows nobody whom it was not told to be on shift.</summary>
public sealed class ShownPeopleTests
{
    private static readonly TenantId Tenant = new(1);
    private static readonly DeviceId Phone = new(7);
    private static readonly UtcMicros Noon = UtcMicros.FromUnixSeconds(1_790_000_000);

    private readonly LastPositions _positions = new();

    [Fact]
    public void Given_a_person_When_nothing_is_known_of_his_shift_Then_he_is_nowhere_and_the_shift_shows_him()
    {
        _positions.SetPerson(Tenant, Phone);
        Place(minute: 1);
        Assert.Equal((0, 0, default), (_positions.Count, InWorld(), _positions.Of(Tenant, Phone)));

        var version = _positions.Changes(Tenant, -1).Version;
        _positions.SetShift(Tenant, Phone, Noon);
        var change = Assert.Single(_positions.Changes(Tenant, version).Changes);
        Assert.Equal((null, true), (change.Before, change.Now is not null));
        Assert.Equal((1, 1, Noon.Plus(TimeSpan.FromMinutes(1))), (_positions.Count, InWorld(), _positions.Of(Tenant, Phone).Last?.FixedAt));
        Assert.Equal(UnitKind.Person, _positions.MarksOf(Tenant, Phone).Kind);
    }

    [Fact]
    public void Given_a_shift_When_it_ends_Then_he_is_gone_from_every_answer_and_from_memory()
    {
        _positions.SetShift(Tenant, Phone, Noon);
        Place(minute: 1);
        var version = _positions.Changes(Tenant, -1).Version;

        _positions.SetShift(Tenant, Phone, from: null);

        var change = Assert.Single(_positions.Changes(Tenant, version).Changes);
        Assert.Equal((true, true), (change.Before is not null, change.Now is null));
        Assert.Equal((0, 0, default), (_positions.Count, InWorld(), _positions.Of(Tenant, Phone)));
        // A late fix of the shift, and then the next shift: it begins with nothing.
        Place(minute: 2);
        Assert.Equal(0, _positions.Count);
        _positions.SetShift(Tenant, Phone, Noon.Plus(TimeSpan.FromHours(20)));
        Assert.Equal((0, default), (_positions.Count, _positions.Of(Tenant, Phone)));
        Place(minute: 3); // a refold that knows no better
        Assert.Equal(0, _positions.Count);
        Place(minute: 20 * 60 + 1);
        Assert.Equal(1, _positions.Count);
    }

    [Fact]
    public void Given_the_fill_of_a_start_When_it_finds_a_person_Then_only_a_place_of_his_shift_is_shown()
    {
        _positions.Fill(Tenant, Phone, Stored(minute: 1), new UnitMarks(UnitKind.Person, default, default), isDisabled: false);
        Assert.Equal(0, _positions.Count);
        _positions.SetShift(Tenant, Phone, Noon);
        Assert.Equal(1, _positions.Count);

        // The other way round, and a place from before.
        var other = new DeviceId(8);
        _positions.SetShift(Tenant, other, Noon);
        _positions.Fill(Tenant, other, Stored(minute: -1), new UnitMarks(UnitKind.Person, default, default), isDisabled: false);
        Assert.Equal((1, default), (_positions.Count, _positions.Of(Tenant, other)));
    }

    [Fact]
    public void Given_a_vehicle_on_the_map_When_it_turns_out_to_be_a_person_s_Then_it_is_hidden_at_once()
    {
        Place(minute: 1);
        Assert.Equal(1, _positions.Count);
        var version = _positions.Changes(Tenant, -1).Version;

        _positions.SetKind(Tenant, Phone, UnitKind.Person);

        Assert.Null(Assert.Single(_positions.Changes(Tenant, version).Changes).Now);
        Assert.Equal((0, 0), (_positions.Count, InWorld()));
        _positions.SetKind(Tenant, Phone, UnitKind.Vehicle);
        Assert.Equal(1, _positions.Count);
    }

    private void Place(int minute) => _positions.Place(Tenant, Phone, At(minute), Noon.Plus(TimeSpan.FromMinutes(minute)));

    private static Sighting Stored(int minute) => new(Noon.Plus(TimeSpan.FromMinutes(minute)), At(minute));

    private static LastPosition At(int minute) =>
        new() { FixedAt = Noon.Plus(TimeSpan.FromMinutes(minute)), Position = new GeoPoint(-349_000_000, -561_600_000) };

    private int InWorld() => _positions.CountIn(Tenant, GeoBox.World);
}
