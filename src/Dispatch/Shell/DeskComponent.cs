using FieldCrm.Dispatch.Text;
using Microsoft.AspNetCore.Components;

namespace FieldCrm.Dispatch.Shell;

/// <summary>A part of the console that is drawn again when the desk changes, and whose requests end with it.</summary>
public abstract class DeskComponent : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();

    protected DeskComponent() => Gone = _gone.Token; // what is under way may ask for it after the component is gone

    [Inject]
    public required Desk Desk { get; set; }

    public Words Words => Desk.Words;

    public Formats Formats => Desk.Formats;

    protected CancellationToken Gone { get; }

    protected override void OnInitialized() => Desk.Changed += Redraw;

    public void Dispose()
    {
        Desk.Changed -= Redraw;
        Leave();
        _gone.Cancel();
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    protected virtual void Leave()
    {
    }

    protected void Redraw() => _ = InvokeAsync(StateHasChanged);
}
