using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FieldCrm.Demo.Tests;

/// <summary>A real server on loopback that takes what phones send and answers as it is told.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private Collector(Func<int, HttpContext, int> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(context =>
        {
            context.Response.StatusCode = answer(Interlocked.Increment(ref _requests), context);
            if (context.Response.StatusCode == StatusCodes.Status200OK)
                Acknowledged.Enqueue((context.Request.Path.Value!.TrimStart('/'), context.Request.QueryString.Value!));
            return Task.CompletedTask;
        });
    }

    /// <summary>Device and query, in the order in which they were acknowledged.</summary>
    public ConcurrentQueue<(string Device, string Query)> Acknowledged { get; } = new();

    public static async Task<Collector> StartAsync(Func<int, HttpContext, int> answer)
    {
        var collector = new Collector(answer);
        await collector._app.StartAsync();
        return collector;
    }

    public Uri AddressOf(string device) => new($"{_app.Urls.First()}/{device}");

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
