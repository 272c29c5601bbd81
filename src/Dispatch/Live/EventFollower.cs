using FieldCrm.Core.Live;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace FieldCrm.Dispatch.Live;

/// <summary>
/// Follows <c>/live/events</c> for as long as the console is open: from the token of the last batch taken, so that a lost connection or a
/// killed server costs time and no event.
/// </summary>
/// <param name="token">A program's bearer token; a browser needs none, as its cookie goes along.</param>
public sealed class EventFollower(Uri hub, Func<Task<string?>>? token = null)
{
    private static readonly TimeSpan[] Pauses = [.. new[] { 0.3, 0.7, 1, 1, 1, 1.5, 2, 4, 8, 15 }.Select(TimeSpan.FromSeconds)];

    private string? _token;

    public event Action<LiveEvent>? Happened;

    /// <summary>What was read before is of no use: read the lists again.</summary>
    public event Action? StartedOver;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; !cancellationToken.IsCancellationRequested; failures++)
        {
            try
            {
                await FollowAsync(() => failures = 0, cancellationToken);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // A cut connection is told as anything from a WebSocketException to a cancelled task, and none of them may end this. The
                // reader sees the connection's state; what was missed comes with the next one.
            }
            await Task.Delay(Pauses[Math.Min(failures, Pauses.Length - 1)], cancellationToken);
        }
    }

    private async Task FollowAsync(Action connected, CancellationToken cancellationToken)
    {
        await using var connection = new HubConnectionBuilder().WithUrl(hub, options => options.AccessTokenProvider = token)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = LiveJson.Default.Options).Build();
        await connection.StartAsync(cancellationToken);
        await foreach (var batch in connection.StreamAsync<EventBatch>("Follow", _token, cancellationToken))
        {
            connected();
            _token = batch.Token;
            if (batch.IsSnapshot)
                StartedOver?.Invoke();
            foreach (var item in batch.Items)
                Happened?.Invoke(item);
        }
    }
}
