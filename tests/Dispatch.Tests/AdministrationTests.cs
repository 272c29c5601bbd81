using System.Text;
using System.Text.Json;
using FieldCrm.Dispatch.Administration;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Shell;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

/// <summary>What administration decides without a browser.</summary>
public sealed class AdministrationTests
{
    private static readonly Formats Format = new(English.Words, MeasureSystem.Metric, TimeZoneInfo.FindSystemTimeZoneById("America/Montevideo"));

    [Theory]
    [InlineData("https://crm.example/osmand/k3v?", "van 7/ü", "https://crm.example/osmand/k3v?id=van%207%2F%C3%BC")]
    [InlineData("http://192.168.1.20:8080/osmand/k3v?", null, "http://192.168.1.20:8080/osmand/k3v")]
    public void Given_a_devices_address_Then_the_QR_code_is_the_clients_server_url_and_its_identifier(string url, string? id, string expected)
    {
        Assert.Equal(expected, TraccarClient.QrText(url, id));
        Assert.Equal(url.TrimEnd('?'), TraccarClient.ServerUrl(url));
        // The client takes origin and path as its URL, and id from the query.
        Assert.Equal(TraccarClient.ServerUrl(url), new Uri(TraccarClient.QrText(url, id)).GetLeftPart(UriPartial.Path));
    }

    [Theory]
    [InlineData("osmand", "41537280", "person")] // as Traccar Client calls itself
    [InlineData("osmand", "ana's phone", "person")]
    [InlineData("osmand", "352093081452251", "vehicle")] // a modem's number
    [InlineData("fixes", "41537280", "vehicle")]
    public void Given_a_device_that_reported_unregistered_Then_what_it_seems_to_be_is_offered(string protocol, string id, string kind) =>
        Assert.Equal(kind, Admission.KindFor(new UnregisteredDevice(id, protocol, default, default, 1)));

    [Fact]
    public void Given_a_file_of_devices_Then_each_line_keeps_its_number_and_one_without_an_id_is_a_line_too()
    {
        var lines = DeviceCsv.Lines("ID,Name\r\n\r\nvan-1,\"Van, 1\"\r\n,nameless\r\n \r\nvan-2\r\n");
        Assert.Equal(
            [new CsvLine(3, new DeviceToAdd("van-1", "Van, 1")), new CsvLine(4, null), new CsvLine(6, new DeviceToAdd("van-2", null))], lines);
        Assert.Equal("Camión", DeviceCsv.Lines(DeviceCsv.Decode(Encoding.Latin1.GetBytes("c-1;Camión")))[0].Device?.Name);
        Assert.Equal("Camión", DeviceCsv.Lines(DeviceCsv.Decode(Encoding.UTF8.GetBytes("c-1;Camión")))[0].Device?.Name);
    }

    [Fact]
    public void Given_cells_that_a_spreadsheet_would_run_Then_they_are_texts() =>
        Assert.Equal("'=1+1,\"a \"\"b\"\", c\",,'-x\r\n", DeviceCsv.Line("=1+1", "a \"b\", c", "", "-x"));

    [Fact]
    public async Task Given_a_long_file_When_the_server_goes_away_in_the_middle_Then_the_report_says_of_every_line_what_became_of_it()
    {
        var sent = new List<int>();
        var import = new DeviceImport(
            (devices, _) =>
            {
                sent.Add(devices.Devices.Count);
                return Task.FromResult(sent.Count == 2
                    ? new Answer<DevicesAdded>(null, ConsoleApi.Unreachable)
                    : new Answer<DevicesAdded>(new DevicesAdded([.. devices.Devices.Select(d => d.Id == "d2"
                        ? new DeviceAdded(d.Id, "refused", null, null, new RowRefusal("device.quota-reached", "full"))
                        : new DeviceAdded(d.Id, "added", "t", $"https://x/osmand/{d.Id}?", null))])));
            },
            English.Words, answer => answer.Code ?? "");
        var lines = DeviceCsv.Lines(string.Concat(Enumerable.Range(1, 1_200).Select(i => $"d{i}\n")) + ",nobody\n");
        var told = 0;

        await import.RunAsync(lines, () => told++, CancellationToken.None);

        Assert.Equal([500, 500], sent); // after the break nothing more is sent
        Assert.Equal((3, 1_201, ConsoleApi.Unreachable), (told, import.Rows.Count, import.Break));
        Assert.Equal((499, 0, 2, 700), (import.Count("added"), import.Count("known"), import.Count("refused"), import.Count("not-sent")));
        Assert.Equal(new ImportRow(2, "d2", "refused", English.Words.Refusals.DeviceQuota), import.Rows[1]);
        var csv = import.Csv().Split("\r\n");
        Assert.Equal("1,d1,added,,https://x/osmand/d1", csv[1]);
        Assert.Equal("1201,,refused,The line has no id.,", csv[1_201]);
    }

    [Fact]
    public async Task Given_pages_Then_they_join_empty_ones_are_passed_over_and_a_late_one_of_an_older_list_is_dropped()
    {
        var late = new TaskCompletionSource<Answer<Page<int>>>();
        var asked = new List<string?>();
        var list = new PagedList<int>((cursor, _) =>
        {
            asked.Add(cursor);
            return cursor switch
            {
                null => Task.FromResult(new Answer<Page<int>>(new Page<int>([1, 2], "a"))),
                "a" => Task.FromResult(new Answer<Page<int>>(new Page<int>([], "b"))),
                "b" => Task.FromResult(new Answer<Page<int>>(new Page<int>([3], "c"))),
                _ => late.Task,
            };
        });
        Assert.Null(list.Rows);
        await list.RestartAsync(CancellationToken.None);
        await list.MoreAsync(CancellationToken.None);
        Assert.Equal([1, 2, 3], list.Rows);
        var older = list.MoreAsync(CancellationToken.None);
        await list.RestartAsync(CancellationToken.None);
        late.SetResult(new Answer<Page<int>>(new Page<int>([99], null)));
        await older;
        Assert.Equal([1, 2], list.Rows);
        Assert.Equal([null, "a", "b", "c", null], asked);
        Assert.False(list.IsReading);
    }

    [Fact]
    public async Task Given_a_refusal_Then_it_is_kept_beside_the_rows_until_the_next_reading_goes_well()
    {
        var answers = new Queue<Answer<Page<int>>>([new(new Page<int>([1], "a")), new(null, "server.unreachable"), new(new Page<int>([2], null))]);
        var list = new PagedList<int>((_, _) => Task.FromResult(answers.Dequeue()));
        await list.RestartAsync(CancellationToken.None);
        await list.MoreAsync(CancellationToken.None);
        Assert.Equal(("server.unreachable", 1), (list.Refusal?.Code, list.Rows?.Count));
        await list.MoreAsync(CancellationToken.None);
        Assert.Null(list.Refusal);
        Assert.Equal([1, 2], list.Rows);
        Assert.False(list.IsEmpty);
    }

    [Fact]
    public void Given_a_refusal_of_settings_Then_it_stands_at_its_field_in_the_readers_language()
    {
        var desk = new Desk(new ConsoleApi(new HttpClient()), new Preferences(name => name == "fieldcrm.language" ? "de" : null, (_, _) => { }, "de"));
        var form = SettingsForm.Of(new TenantChoices(5_000, 600, 7, 30));
        Assert.False(form.Take(new Answer<TenantChoices>(null, SettingsForm.OutOfRange, "retentionDays must be 2 to 3650."), desk));
        Assert.Equal(("Von 2 bis 3.650.", null, null), (form.ErrorOf("retentionDays"), form.ErrorOf("silenceAfterSeconds"), form.General));
        Assert.False(form.Take(new Answer<TenantChoices>(null, SettingsForm.TooShort, "…"), desk));
        Assert.Equal(German.Words.Refusals.RetentionTooShort, form.ErrorOf("retentionDays"));
        Assert.False(form.Take(new Answer<TenantChoices>(null, ConsoleApi.Unreachable, "…"), desk));
        Assert.Equal((null, German.Words.Refusals.Unreachable), (form.ErrorOf("retentionDays"), form.General));
        Assert.True(form.Take(new Answer<TenantChoices>(form.Choices), desk));
        Assert.Null(form.General);
    }

    [Fact]
    public void Given_an_audit_filter_Then_its_days_are_the_readers()
    {
        var filter = new AuditFilter(AuditFilter.Person, "Ana & Co", "UserAdded", new DateOnly(2026, 11, 30), new DateOnly(2026, 11, 30));
        Assert.Equal("&actor=Ana%20%26%20Co&kind=UserAdded&from=2026-11-30T03:00:00Z&to=2026-12-01T03:00:00Z", filter.Query(Format));
        Assert.Equal("&actor=system", new AuditFilter("system").Query(Format));
        Assert.Equal("", new AuditFilter(AuditFilter.Person).Query(Format));
        Assert.Null(AuditFilter.Day("9999-12-31"));
        Assert.Equal("2026-11-30", AuditFilter.Iso(AuditFilter.Day("2026-11-30")));
    }

    [Fact]
    public void Given_an_entry_Then_its_members_are_read_out_and_times_are_times()
    {
        var details = JsonElement.Parse("""{"settings":{"retentionDays":45},"expiresAt":1796126969000000,"name":"x","phone":null,"role":"admin","acceptsEnrolment":true,"newer":7}""");
        var entry = new AuditEntry(1, default, "LinkCreated", new AuditActor("operator", null, null), null, null, details);
        Assert.Equal(
            "Days that positions are kept: 45, Ends: 1 Dec 2026 09:09, Name: x, Role: Admin, Enrols with the tenant’s address: yes, newer: 7",
            AuditText.Details(entry, Format, English.Words));
        Assert.Equal("Operator", AuditText.Who(entry.By, English.Words));
        Assert.Equal("Ana", AuditText.Who(new AuditActor("user", null, "Ana"), English.Words));
    }

    [Fact]
    public void Given_tokens_Then_each_says_whether_it_works()
    {
        var now = DateTimeOffset.UnixEpoch;
        var token = new TokenView(Guid.Empty, "x", "auditor", null, now, now.AddDays(1), null, null);
        Assert.Equal(new TokenState(true, "Works"), TokenState.Of(token, now, English.Words));
        Assert.Equal(new TokenState(false, "Ended"), TokenState.Of(token, now.AddDays(1), English.Words));
        Assert.Equal(new TokenState(false, "Revoked"), TokenState.Of(token with { RevokedAt = now }, now.AddDays(1), English.Words));
    }

    [Fact]
    public void Given_an_operators_choice_Then_every_address_names_the_tenant()
    {
        var api = new ConsoleApi(new HttpClient()) { Tenant = "Ana & Co" };
        Assert.Equal("/live/units?tenant=Ana%20%26%20Co", api.Address("/live/units"));
        Assert.Equal("/api/v1/users?limit=1&tenant=Ana%20%26%20Co", api.Address("/api/v1/users?limit=1"));
        Assert.Equal("/x?tenant=b", api.OfTenant("b").Address("/x"));
        Assert.Equal("/x", new ConsoleApi(new HttpClient()).Address("/x"));
    }
}
