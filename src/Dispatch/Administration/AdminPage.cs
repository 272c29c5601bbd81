using FieldCrm.Dispatch.Shell;

namespace FieldCrm.Dispatch.Administration;

/// <summary>A page of administration: it asks the server for nothing before it is known that the reader may see it.</summary>
public abstract class AdminPage : DeskComponent
{
    private bool _hasBegun;

    protected abstract bool IsAllowed { get; }

    /// <summary>Once, when the reader is known and may.</summary>
    protected abstract Task BeginAsync();

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Desk.Changed += TryBegin;
        TryBegin();
    }

    protected override void Leave() => Desk.Changed -= TryBegin;

    private void TryBegin()
    {
        if (_hasBegun || Desk.Session is null || !IsAllowed)
            return;
        _hasBegun = true;
        _ = InvokeAsync(async () =>
        {
            await BeginAsync();
            StateHasChanged();
        });
    }
}
