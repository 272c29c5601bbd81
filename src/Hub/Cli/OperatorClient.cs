using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FieldCrm.Hub.Commands;
using FieldCrm.Hub.Identity;
using FieldCrm.Hub.Supervision;

namespace FieldCrm.Hub.Cli;

/// <summary>
/// Speaks to the running instance of DIR as its operator, so that what a verb changes works at once. Refusals and a
/// missing server are thrown as the one line that the command line prints (exit codes 1 and 3).
/// </summary>
internal sealed class OperatorClient : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;
    private readonly string _tenant;

    private OperatorClient(Uri address, string credential, string? tenant)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = Deadline };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        _tenant = tenant ?? RequestTenant.DefaultName;
    }

    /// <summary>Whose devices, users and settings.</summary>
    public static Option<string?> Tenant { get; } = new("--tenant")
    {
        Description = $"The tenant's name (default: {RequestTenant.DefaultName}).", Recursive = true, HelpName = "NAME",
    };

    /// <exception cref="StartRefusedException">There is no instance in DIR, or its credential cannot be read.</exception>
    public static OperatorClient Open(ParseResult parsed)
    {
        var paths = parsed.Instance();
        if (Instance.Read(paths) is not { } instance || !File.Exists(paths.OperatorCredential))
            throw NoServer(paths.Directory);
        var credential = File.ReadAllText(paths.OperatorCredential).Trim();
        return new OperatorClient(new Uri(instance.Address), credential, parsed.GetValue(Tenant));
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, InTenant(path)), cancellationToken);
        return await ReadAsync(answer, type, cancellationToken);
    }

    public async Task<T> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, InTenant(path)) { Content = JsonContent.Create(body, bodyType) };
        using var answer = await SendAsync(request, cancellationToken);
        return await ReadAsync(answer, type, cancellationToken);
    }

    public async Task PostAsync<TBody>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, InTenant(path)) { Content = JsonContent.Create(body, bodyType) };
        using var answer = await SendAsync(request, cancellationToken);
    }

    /// <summary>Asks for something that needs no more words than its path.</summary>
    public async Task PostAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Post, InTenant(path)), cancellationToken);
    }

    /// <exception cref="StartRefusedException"><c>server.none</c>: nobody answers, or not to us.</exception>
    public async Task RequireServerAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri("operator/tenants", UriKind.Relative)), cancellationToken);
    }

    /// <summary>Whether the server says that it can store what it is sent.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri("health/ready", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Copies an answer as it comes; the path from the root of the server.</summary>
    public async Task DownloadAsync(string path, Stream output, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(
            new HttpRequestMessage(HttpMethod.Get, InTenant(path, root: "")), cancellationToken, HttpCompletionOption.ResponseHeadersRead);
        try
        {
            await answer.Content.CopyToAsync(output, cancellationToken);
        }
        catch (Exception ended) when (ended is HttpRequestException or HttpIOException)
        {
            throw Refused("server.gone", "The server ended before its answer did: repeat it.");
        }
    }

    /// <summary>Sends a file and gives the answer line by line as it comes. A server that ends early ends the lines.</summary>
    public async IAsyncEnumerable<string> UploadAsync(
        string path, Stream content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, InTenant(path)) { Content = new StreamContent(content) };
        using var answer = await SendAsync(request, cancellationToken, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        while (await LineAsync() is { } line)
            yield return line;

        async Task<string?> LineAsync()
        {
            try
            {
                return await lines.ReadLineAsync(cancellationToken);
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    public void Dispose() => _http.Dispose();

    // A path that begins with a slash is the public API's, any other one lies under /operator.
    private Uri InTenant(string path, string root = "operator/") => new(
        $"{(path[0] == '/' ? "" : root)}{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{RequestTenant.QueryParameter}={Uri.EscapeDataString(_tenant)}",
        UriKind.Relative);

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException)
        {
            throw NoServer(_http.BaseAddress!.ToString());
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Refused(
                "server.silent", $"The server did not answer within {Deadline.TotalSeconds:0} s: whether it did what was asked is "
                + "not known. Look (list) before you repeat it.");
        }
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw await RefusalAsync(answer, cancellationToken);
    }

    private static async Task<StartRefusedException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            using var problem = await JsonDocument.ParseAsync(
                await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            return Refused(problem.RootElement.GetProperty("code").GetString()!, problem.RootElement.GetProperty("title").GetString()!);
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Refused("server.unexpected", $"The server answered {(int)answer.StatusCode}.");
        }
    }

    private static async Task<T> ReadAsync<T>(
        HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await answer.Content.ReadFromJsonAsync(type, cancellationToken)
        ?? throw Refused("server.unexpected", "The server answered nothing.");

    private static StartRefusedException Refused(string code, string message) => new(code, $"{code}: {message}");

    private static StartRefusedException NoServer(string where) => new(
        "server.none", $"No server answers for {where}: ./run starts one, --data DIR names another instance.", ExitCode.NoServer);
}
