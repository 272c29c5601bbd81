using System.Net;
using System.Net.Http.Headers;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.Pages;
using FieldCrm.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FieldCrm.Hub.Tests.Pages;

[Collection(ServerCollection.Name)]
public sealed class ErrorPageTests(SharedServer shared)
{
    private InProcessServer Server => shared.Server;

    [Fact]
    public async Task Given_an_address_nobody_answers_When_a_browser_asks_Then_a_page_and_a_program_gets_the_status()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var page = await Server.Visitor.SendAsync(request);
        using var bare = await Server.Visitor.GetAsync(new Uri("/nowhere", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Html.AssertNothingInline(await page.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, bare.StatusCode);
        Assert.Equal("", await bare.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Given_nobody_signed_in_When_a_device_is_asked_for_Then_401_and_how_to_sign_in()
    {
        using var answer = await Server.Visitor.GetAsync(new Uri("/devices/x", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("<h1>Sign in</h1>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 500, "Something went wrong")]
    [InlineData(false, 503, "Not available just now")]
    public async Task Given_a_page_that_fails_When_answered_Then_it_says_so_and_nothing_of_how(bool isDefect, int status, string title)
    {
        var problem = isDefect ? new InvalidOperationException("secret detail") : (Exception)new TimeoutException("secret detail");
        using var scope = Server.App.Services.CreateScope();
        using var body = new MemoryStream();
        var context = new DefaultHttpContext
        {
            RequestServices = scope.ServiceProvider,
            Request = { Scheme = "http", Host = new HostString("localhost"), Path = "/" },
            Response = { Body = body },
        };
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new ForPeople()), "page"));

        var isHandled = await new ExceptionProblems(NullLogger<ExceptionProblems>.Instance).TryHandleAsync(context, problem, CancellationToken.None);

        var html = System.Text.Encoding.UTF8.GetString(body.ToArray());
        Assert.True(isHandled);
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal(PageAnswer.ContentSecurityPolicy, context.Response.Headers.ContentSecurityPolicy);
        Assert.Contains($"<h1>{title}</h1>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("secret detail", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_the_pages_files_When_asked_for_Then_they_are_kept_for_ever_by_the_name_of_their_content()
    {
        var assets = Server.Get<PageAssets>();
        foreach (var path in new[] { assets.Style, assets.Script, assets.Icon })
        {
            using var answer = await Server.Visitor.GetAsync(new Uri(path, UriKind.Relative));
            using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { answer.Headers.ETag! } } };
            using var unchanged = await Server.Visitor.SendAsync(again);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", answer.Headers.GetValues("Cache-Control").Single());
            Assert.Contains(answer.Headers.ETag!.Tag.Trim('"'), path, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        }
    }
}
