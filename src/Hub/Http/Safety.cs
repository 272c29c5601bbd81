namespace FieldCrm.Hub.Http;

/// <summary>What holds for every answer, whichever port it goes out by.</summary>
internal static class Safety
{
    public static void UseSafety(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = _ => Task.CompletedTask, // ExceptionProblems comes before it and answers everything
            SuppressDiagnosticsCallback = _ => true,
        });
        app.Use((context, next) =>
        {
            // Tokens stand in our URLs: no page of ours tells another where it was.
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
    }
}
