using System.ComponentModel;

namespace FieldCrm.Hub.Supervision;

/// <summary>
/// While it lasts, this thread opens, makes and removes files with the rights of the children's account and not as root: what a
/// child has put into DIR (a symbolic link to a file of the system, say) then leads nowhere that the child could not go itself.
/// Linux keeps these rights a thread, so a scope holds no await; a ref struct cannot be carried over one.
/// </summary>
internal readonly ref struct FileIdentity
{
    private readonly bool _isChanged;

    private FileIdentity(Account account)
    {
        // The group first: afterwards the right to change it is gone.
        Native.SetFileGroup(account.GroupId);
        Native.SetFileUser(account.UserId);
        _isChanged = true;
        if (Native.FileUser == account.UserId)
            return;
        Dispose();
        throw new Win32Exception($"files cannot be written as the account {account.Name}");
    }

    /// <summary>Nothing changes for null: the supervisor is not root, and the files are its own.</summary>
    public static FileIdentity Of(Account? account) => account is null ? default : new FileIdentity(account);

    public void Dispose()
    {
        if (!_isChanged)
            return;
        Native.SetFileUser(0);
        Native.SetFileGroup(0);
    }
}
