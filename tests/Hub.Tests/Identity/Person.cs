using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FieldCrm.Hub.Http;
using FieldCrm.Hub.TenantsApi;
using FieldCrm.TestKit;

namespace FieldCrm.Hub.Tests.Identity;

/// <summary>A person with a browser: reads our pages and sends their forms as they stand.</summary>
internal sealed partial class Person : IDisposable
{
    public const string Password = "three green lanterns";

    private Person(HttpClient http, string name)
    {
        Http = http;
        Name = name;
    }

    public HttpClient Http { get; }

    public string Name { get; }

    /// <summary>Not signed in.</summary>
    public static Person Of(InProcessServer server, string name) =>
        new(new HttpClient(LoopbackAddress.Handler()) { BaseAddress = server.Address }, name);

    /// <summary>Signed in with a link of a server that is a process of its own.</summary>
    public static async Task<Person> RedeemAsync(Uri link, string name)
    {
        var person = new Person(new HttpClient(LoopbackAddress.Handler()) { BaseAddress = new Uri(link.GetLeftPart(UriPartial.Authority)) }, name);
        using var redeemed = await person.SendAsync(link.AbsolutePath, link.AbsolutePath);
        Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
        return person;
    }

    /// <summary>Not signed in, by a way of his own.</summary>
    public static Person With(HttpClient http, string name) => new(http, name);

    /// <summary>Added by the operator and signed in with the link.</summary>
    public static async Task<Person> AddAsync(InProcessServer server, string name, string role = "dispatcher", string tenant = "default")
    {
        using var added = await server.Operator.PostAsJsonAsync(
            $"/operator/users?tenant={tenant}", new UserToAdd(name, role), AdministrationJson.Default.UserToAdd);
        added.EnsureSuccessStatusCode();
        var link = (await added.Content.ReadFromJsonAsync(AdministrationJson.Default.LinkAnswer))!.Url;
        var person = Of(server, name);
        using var redeemed = await person.SendAsync(new Uri(link).AbsolutePath, new Uri(link).AbsolutePath);
        Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
        return person;
    }

    /// <summary>Added, signed in, with <see cref="Password"/>.</summary>
    public static async Task<Person> WithPasswordAsync(InProcessServer server, string name, string role = "dispatcher", string tenant = "default")
    {
        var person = await AddAsync(server, name, role, tenant);
        using var set = await person.SendAsync("/account", "/account/password", ("password", Password));
        Assert.Equal(("/account?done=password", HttpStatusCode.SeeOther), (set.Headers.Location?.ToString(), set.StatusCode));
        return person;
    }

    public Task<HttpResponseMessage> SignInAsync(string password) =>
        SendAsync("/sign-in", "/sign-in", ("name", Name), ("password", password));

    /// <summary>Loads a page and sends one of its forms, with the token that the page holds.</summary>
    public async Task<HttpResponseMessage> SendAsync(string page, string action, params (string Name, string Value)[] fields)
    {
        var token = await TokenAsync(page);
        return await Http.PostAsync(new Uri(action, UriKind.Relative), new FormUrlEncodedContent(
            [KeyValuePair.Create("__RequestVerificationToken", token), .. fields.Select(f => KeyValuePair.Create(f.Name, f.Value))]));
    }

    public async Task<string> TokenAsync(string page) =>
        WebUtility.HtmlDecode(Field().Match(await (await Http.GetAsync(new Uri(page, UriKind.Relative))).Content.ReadAsStringAsync()).Groups["value"].Value);

    /// <summary>Null when nobody is signed in.</summary>
    public async Task<string?> RoleAsync()
    {
        using var answer = await Http.GetAsync(new Uri("/session", UriKind.Relative));
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync(AdministrationJson.Default.SessionAnswer))!.Role : null;
    }

    public void Dispose() => Http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex Field();
}
