using System.Net.Http.Headers;
using System.Text.Json;

namespace FieldCrm.Hub.Supervision;

/// <summary>Asks the running server, as its operator, for a one-time link to the console.</summary>
internal static class SignInLink
{
    public const string Path = "/operator/sign-in-link";

    /// <summary>Null when the server makes no links. The link signs somebody in: print it once, log it never.</summary>
    public static async Task<string?> RequestAsync(
        InstancePaths paths, Instance instance, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(instance.Address), Timeout = TimeSpan.FromSeconds(10) };
        var credential = (await File.ReadAllTextAsync(paths.OperatorCredential, cancellationToken)).Trim();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        try
        {
            using var answer = await http.PostAsync(new Uri(Path, UriKind.Relative), content: null, cancellationToken);
            if (!answer.IsSuccessStatusCode)
                return null;
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(cancellationToken));
            return body.RootElement.TryGetProperty("url", out var url) ? url.GetString() : null;
        }
        catch (Exception failed) when (failed is HttpRequestException or JsonException
            || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
