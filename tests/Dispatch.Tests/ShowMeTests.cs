using System.Net;
using System.Text;
using FieldCrm.Dispatch.Api;
using FieldCrm.Dispatch.Shell;
using FieldCrm.Dispatch.ShowMe;
using FieldCrm.Dispatch.Text;
using Microsoft.Extensions.Time.Testing;

namespace FieldCrm.Dispatch.Tests;

public sealed class ShowMeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<PlugStage> _stages = [];

    [Fact]
    public void Given_the_visitor_s_own_phone_Then_it_is_registered_as_what_the_card_says_that_it_is()
    {
        Assert.Equal("vehicle", PhoneCode.Device("phone-1", "My phone").Kind);
        Assert.All(
            new[] { (English.Words, "vehicle"), (Spanish.Words, "vehículo"), (German.Words, "Fahrzeug") },
            language => Assert.Contains(language.Item2, language.Words.PhoneIsVehicle, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Given_a_server_that_is_killed_When_another_answers_Then_its_count_is_told_whether_or_not_the_kill_was_answered(bool isAnswered)
    {
        var polls = 0;
        var counts = 0;
        var pull = Pull(request => request.RequestUri?.PathAndQuery switch
        {
            "/dispatch/show-me/plug" => isAnswered ? Json("""{"atUnixMs":5000,"processId":11}""", HttpStatusCode.Accepted) : throw new HttpRequestException("gone"),
            "/dispatch/show-me" => polls++ switch
            {
                0 => Start(11),
                < 4 => throw new HttpRequestException("refused"),
                4 => Start(11), // the old one's last answer
                _ => Start(12),
            },
            "/dispatch/show-me/count?since=5000" when isAnswered => Count(counts++),
            "/dispatch/show-me/count?since=4000" when !isAnswered => Count(counts++),
            _ => new HttpResponseMessage(HttpStatusCode.NotFound),
        });

        await RunAsync(pull);

        Assert.Equal(PlugStage.Counted, pull.Stage);
        Assert.Equal((11, 12), (pull.KilledProcess, pull.NewProcess));
        Assert.True(pull.AwayFor >= TimeSpan.FromMilliseconds(800), "four looks in vain");
        Assert.Equal(new SenderCount(1206, 1206, 0, 6, 17, 2_900), pull.Count);
        Assert.Equal([PlugStage.Away, PlugStage.Back, PlugStage.Counted], _stages.Distinct());
    }

    [Fact]
    public async Task Given_a_refusal_When_pulled_Then_its_code_and_nothing_is_waited_for()
    {
        var pull = Pull(request => request.Method == HttpMethod.Post
            ? Problem("""{"code":"demonstration.not-supervised"}""", HttpStatusCode.Conflict) : Start(11));

        await RunAsync(pull);

        Assert.Equal((PlugStage.Failed, "demonstration.not-supervised"), (pull.Stage, pull.FailureCode));
    }

    [Fact]
    public async Task Given_a_server_that_stays_away_When_patience_ends_Then_it_is_said()
    {
        var polls = 0;
        var pull = Pull(request => request.Method != HttpMethod.Post && polls++ == 0 ? Start(11) : throw new HttpRequestException("refused"));

        await RunAsync(pull);

        Assert.Equal((PlugStage.Failed, ConsoleApi.Unreachable), (pull.Stage, pull.FailureCode));
        Assert.True(pull.AwayFor >= TimeSpan.FromSeconds(89));
    }

    [Fact]
    public async Task Given_a_fleet_that_never_comes_back_When_counted_Then_that_is_said_and_not_a_success()
    {
        var polls = 0;
        var pull = Pull(request => request.Method == HttpMethod.Post ? Json("""{"atUnixMs":5000,"processId":11}""", HttpStatusCode.Accepted)
            : request.RequestUri?.Query.Length > 0 ? Json("""{"acknowledged":3,"stored":3,"lost":0,"acknowledgedSince":0,"unanswered":0}""")
            : Start(polls++ == 0 ? 11 : 12));

        await RunAsync(pull);

        Assert.Equal((PlugStage.Failed, "demonstration.no-stream"), (pull.Stage, pull.FailureCode));
    }

    [Fact]
    public void Given_credentials_Then_the_phone_is_told_the_address_it_can_use_and_the_code_starts_it()
    {
        var loop = new DeviceCredentials("p", "t", "https://192.168.1.20:8443/osmand/tok?", "https://192.168.1.20:8443/ca", "http://192.168.1.20:5055/osmand/tok?");
        Assert.Equal(
            new PhoneCode("http://192.168.1.20:5055/osmand/tok", "http://192.168.1.20:5055/osmand/tok?interval=10&service=true", null, IsPlain: true),
            PhoneCode.Of(loop));
        Assert.Equal(
            new PhoneCode("https://192.168.1.20:8443/osmand/tok", "https://192.168.1.20:8443/osmand/tok?interval=10&service=true", "https://192.168.1.20:8443/ca", IsPlain: false),
            PhoneCode.Of(loop with { PlainUrl = null }));
        Assert.Matches("^phone-[0-9a-f]{5}$", PhoneCode.NewId());
        Assert.NotEqual(PhoneCode.NewId(), PhoneCode.NewId());
    }

    [Fact]
    public void Given_a_card_put_away_Then_it_stays_so_and_comes_back_when_asked_for()
    {
        var browser = new Dictionary<string, string>();
        Assert.False(Stored().IsShowMeHidden);
        Stored().IsShowMeHidden = true;
        Assert.True(Stored().IsShowMeHidden);
        Stored().IsShowMeHidden = false;
        Assert.False(Stored().IsShowMeHidden);
        Assert.Empty(browser);

        Preferences Stored() => new(browser.GetValueOrDefault, (name, value) =>
        {
            browser.Remove(name);
            if (value is not null)
                browser[name] = value;
        }, "en");
    }

    private PlugPull Pull(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        PlugPull? pull = null;
        pull = new PlugPull(new ConsoleApi(new HttpClient(new Server(answer)) { BaseAddress = new Uri("http://here") }), _time, () => _stages.Add(pull!.Stage));
        return pull;
    }

    private async Task RunAsync(PlugPull pull)
    {
        var run = pull.RunAsync(CancellationToken.None);
        while (!run.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }
        await run;
    }

    private static HttpResponseMessage Start(int process) => Json(
        $$"""{"isDriving":true,"historyHours":24,"canPullPlug":true,"processId":{{process}},"serverUnixMs":4000.5,"isPhoneReachable":false,"addresses":["192.168.1.20"]}""");

    private static HttpResponseMessage Count(int call) => Json(
        $$"""{"acknowledged":{{1200 + call}},"stored":{{1200 + call}},"lost":0,"acknowledgedSince":{{call}},"unanswered":17,"outageMs":2900}""");

    private static HttpResponseMessage Json(string text, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Problem(string text, HttpStatusCode status) =>
        new(status) { Content = new StringContent(text, Encoding.UTF8, "application/problem+json") };

    private sealed class Server(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
