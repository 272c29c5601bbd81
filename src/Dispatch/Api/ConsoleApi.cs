using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FieldCrm.Dispatch.Api;

/// <summary>The server's REST API as the console uses it. Every call has a deadline and none throws for what a server may answer.</summary>
public sealed class ConsoleApi(HttpClient http)
{
    public const string Unreachable = "server.unreachable";
    public const string SignedOut = "auth.required";
    public const string ReasonRequired = "people.reason-required";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private Session? _session;

    /// <summary>Whose data an operator looks at; null for the first tenant, and for everybody else his own.</summary>
    public string? Tenant { get; set; }

    /// <summary>The same session, asking about another tenant than the one that is looked at.</summary>
    public ConsoleApi OfTenant(string tenant) => new(http) { _session = _session, Tenant = tenant };

    /// <summary>A path of ours, about the tenant that is looked at.</summary>
    public string Address(string path) => Tenant is null ? path
        : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}tenant={Uri.EscapeDataString(Tenant)}";

    public async Task<Answer<Session>> SessionAsync(CancellationToken cancellationToken)
    {
        var answer = await GetAsync("/session", ApiJson.Default.Session, cancellationToken);
        _session = answer.Value ?? _session;
        return answer;
    }

    /// <param name="reason">Why a person's detail is opened; the person reads it.</param>
    public async Task<Answer<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken, string? reason = null)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(path));
        if (reason is not null)
            request.Headers.Add("X-Reason", Uri.EscapeDataString(reason));
        return await SendAsync(request, type, cancellationToken);
    }

    public async Task<Answer<TAnswer>> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path)) { Content = JsonContent.Create(body, bodyType) };
        return await SendAsync(request, answerType, cancellationToken);
    }

    public Task<Answer<T>> PutAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class => PutAsync(path, body, type, type, cancellationToken);

    public async Task<Answer<TAnswer>> PutAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Address(path)) { Content = JsonContent.Create(body, bodyType) };
        return await SendAsync(request, answerType, cancellationToken);
    }

    /// <summary>For what needs no words: the address says it all.</summary>
    public async Task<Answer<T>> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path));
        return await SendAsync(request, type, cancellationToken);
    }

    /// <summary>For what answers with no content.</summary>
    public async Task<Answer<Nothing>> PostAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path)) { Content = JsonContent.Create(body, bodyType) };
        return await SendAsync<Nothing>(request, type: null, cancellationToken);
    }

    /// <summary>For what needs no more words than its path.</summary>
    public async Task<Answer<Nothing>> PostAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path));
        return await SendAsync<Nothing>(request, type: null, cancellationToken);
    }

    private async Task<Answer<T>> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T>? type, CancellationToken cancellationToken)
        where T : class
    {
        if (request.Method != HttpMethod.Get && _session is { AntiforgeryHeader: { } header, AntiforgeryToken: { } token })
            request.Headers.Add(header, token);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            using var response = await http.SendAsync(request, deadline.Token);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                return new Answer<T>(null, SignedOut);
            if (!response.IsSuccessStatusCode)
                return await RefusalAsync<T>(response, deadline.Token);
            if (type is null || response.StatusCode == HttpStatusCode.NoContent)
                return new Answer<T>(Nothing.At as T);
            var value = await response.Content.ReadFromJsonAsync(type, deadline.Token);
            return value is null ? new Answer<T>(null, "server.empty") : new Answer<T>(value);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new Answer<T>(null, e is JsonException ? "server.not-understood" : Unreachable, e.Message);
        }
    }

    private static async Task<Answer<T>> RefusalAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class
    {
        var status = $"http.{(int)response.StatusCode}";
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
            return new Answer<T>(null, status, response.ReasonPhrase);
        var problem = await response.Content.ReadFromJsonAsync(ApiJson.Default.Problem, cancellationToken);
        return new Answer<T>(null, problem?.Code ?? status, problem?.Detail ?? problem?.Title, problem?.Current);
    }
}
