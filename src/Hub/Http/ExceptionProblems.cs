using FieldCrm.Core;
using FieldCrm.Hub.Pages;
using FieldCrm.Silo.Commit;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;
using Orleans.Runtime;

namespace FieldCrm.Hub.Http;

/// <summary>
/// What is left when a request throws: 503 where it may be tried again (nothing was acknowledged), the reader's own
/// status where the request was damaged, else 500. Never a stack trace, a path or a token.
/// </summary>
internal sealed partial class ExceptionProblems(ILogger<ExceptionProblems> logger) : IExceptionHandler
{
    private const string RetryAfterSeconds = "2";

    private static readonly Failure Defect = new("server.error", "This should not happen; the server's log says more.");

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        switch (exception)
        {
            case OperationCanceledException when context.RequestAborted.IsCancellationRequested:
                return true;
            case BadHttpRequestException damaged:
                await WriteAsync(context, Of(damaged), damaged.StatusCode);
                return true;
            case CommitUnavailableException or CommitOutcomeUnknownException or CommitConflictException
                or TimeoutException or OrleansException or NpgsqlException or OperationCanceledException:
                LogUnavailable(exception.GetType().Name);
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                await WriteAsync(context, Problems.Unavailable, StatusCodes.Status503ServiceUnavailable);
                return true;
            default:
                LogDefect(exception);
                await WriteAsync(context, Defect, StatusCodes.Status500InternalServerError);
                return true;
        }
    }

    private static Task WriteAsync(HttpContext context, Failure failure, int status) => PageAnswer.IsForPeople(context)
        ? PageAnswer.Message(context, status, TitleOf(status), TextOf(failure, status), failure.Code).ExecuteAsync(context)
        : Problems.WriteAsync(context, failure, status);

    private static string TitleOf(int status) => status switch
    {
        StatusCodes.Status503ServiceUnavailable => "Not available just now",
        >= StatusCodes.Status500InternalServerError => "Something went wrong",
        _ => "This cannot be read",
    };

    // What a device is told of its positions means nothing to a reader.
    private static string TextOf(Failure failure, int status) => status == StatusCodes.Status503ServiceUnavailable
        ? "FieldCrm cannot reach its data at the moment. Try again in a moment; nothing is lost." : failure.Message;

    private static Failure Of(BadHttpRequestException damaged) => damaged.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? new Failure("request.too-large", "The request is longer than this address takes.")
        : Problems.Invalid;

    [LoggerMessage(4001, LogLevel.Warning, "A request was answered 503: {Exception}")]
    private partial void LogUnavailable(string exception);

    [LoggerMessage(4002, LogLevel.Error, "A request failed by a defect")]
    private partial void LogDefect(Exception exception);
}
