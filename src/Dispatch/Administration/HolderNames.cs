using FieldCrm.Dispatch.Api;

namespace FieldCrm.Dispatch.Administration;

/// <summary>Users whose name may be meant by what is typed: a handful, however many there are.</summary>
public sealed class HolderNames(ConsoleApi api)
{
    // More are told apart by another letter sooner than by reading them.
    private const int Shown = 8;

    // Disabled ones are among them, and never meant.
    private const int Asked = 50;

    private string _asked = "";

    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>The answer to what was typed last counts, whichever comes last.</summary>
    public async Task FindAsync(string typed, CancellationToken cancellationToken)
    {
        var text = _asked = typed.Trim();
        if (text.Length == 0)
        {
            Names = [];
            return;
        }
        var answer = await api.GetAsync(
            $"/api/v1/users?limit={Asked}&search={Uri.EscapeDataString(text)}", AdminJson.Default.UserPage, cancellationToken);
        if (text == _asked && answer.Value is { } page)
            Names = [.. page.Users.Where(u => !u.IsDisabled).Select(u => u.Name).Take(Shown)];
    }
}
