using System.Net;
using System.Text;
using FieldCrm.Dispatch.Administration;
using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.Tests;

/// <summary>Whose name is meant, found by its beginning among however many.</summary>
public sealed class HolderNamesTests : HttpMessageHandler
{
    private readonly List<string> _asked = [];
    private readonly Dictionary<string, TaskCompletionSource<string>> _answers = new(StringComparer.Ordinal)
    {
        ["a"] = new(), ["ana"] = new(),
    };

    [Fact]
    public async Task Given_many_users_When_a_name_is_typed_Then_a_few_are_asked_for_and_the_last_question_s_answer_stands()
    {
        var names = new HolderNames(new ConsoleApi(new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://console.test/") }));
        var first = names.FindAsync("a", CancellationToken.None);
        var second = names.FindAsync(" ana ", CancellationToken.None);
        _answers["ana"].SetResult(Page(("ana maría", false), ("anatol", true)));
        await second;
        _answers["a"].SetResult(Page(("abel", false)));
        await first;

        Assert.Equal(["ana maría"], names.Names); // a disabled one can carry nothing
        Assert.Equal(["/api/v1/users?limit=50&search=a", "/api/v1/users?limit=50&search=ana"], _asked);
        await names.FindAsync(" ", CancellationToken.None);
        Assert.Empty(names.Names);
        Assert.Equal(2, _asked.Count);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri?.PathAndQuery ?? "";
        _asked.Add(address);
        var json = await _answers[address[(address.LastIndexOf('=') + 1)..]].Task;
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
    }

    private static string Page(params (string Name, bool IsDisabled)[] users) =>
        $$"""{"users":[{{string.Join(',', users.Select(u => $$"""{"id":"{{Guid.NewGuid()}}","name":"{{u.Name}}","role":"technician","isDisabled":{{(u.IsDisabled ? "true" : "false")}},"isExternal":false,"passkeyCount":0,"createdAt":"2026-11-22T12:00:00Z"}"""))}}]}""";
}
