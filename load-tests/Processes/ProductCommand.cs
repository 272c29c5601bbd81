using System.Diagnostics;

namespace FieldCrm.LoadTests.Processes;

/// <summary>The product's own executable, as its scripts start it.</summary>
internal static class ProductCommand
{
    /// <summary>Names the built <c>FieldCrm.Hub.dll</c>; unset, the one beside this program.</summary>
    public const string ProgramVariable = "FIELDCRM_HUB";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    private static string ProgramFile =>
        Environment.GetEnvironmentVariable(ProgramVariable) ?? Path.Combine(AppContext.BaseDirectory, "FieldCrm.Hub.dll");

    public static ProcessStartInfo Create(params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [ProgramFile, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        return start;
    }

    /// <returns>Standard output.</returns>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; the message is what it said.</exception>
    public static async Task<string> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(Create(arguments))!;
        process.StandardInput.Close();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"`{string.Join(' ', arguments)}` ended with {process.ExitCode}: {await errors}{await output}");
        return await output;
    }
}
