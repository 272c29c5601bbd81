namespace FieldCrm.LoadTests.Fleet;

/// <summary>A registered device and the secret it reports with.</summary>
/// <param name="Id">As the instance numbers it.</param>
internal sealed record FleetDevice(string UniqueId, string Token, int Id);
