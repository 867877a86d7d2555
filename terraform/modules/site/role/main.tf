# That a host has a role. Making it does nothing; destroying it takes the role from the host.
resource "terraform_data" "role" {
  for_each = var.connections
  # In the state, for the day when the host is no more in the configuration. The path of a key, not the key.
  input = merge(each.value, { role = var.role })

  connection {
    type         = "ssh"
    host         = self.input.host
    port         = self.input.port
    user         = self.input.user
    private_key  = self.input.key_file == null ? null : file(self.input.key_file)
    agent        = self.input.key_file == null
    host_key     = self.input.host_key
    bastion_host = self.input.bastion
    timeout      = "${self.input.timeout}s"
    script_path  = "/tmp/causeway-terraform-%RAND%.sh"
  }
  provisioner "remote-exec" {
    when   = destroy
    inline = ["set -e; umask 077; cd; mkdir -p .causeway-terraform-${self.input.role}"]
  }
  provisioner "file" {
    when        = destroy
    source      = self.input.script
    destination = ".causeway-terraform-${self.input.role}/host.sh"
  }
  provisioner "remote-exec" {
    when = destroy
    inline = [
      "set -e; cd; timeout ${self.input.seconds} sh .causeway-terraform-${self.input.role}/host.sh remove ${each.key} ${self.input.install} ${self.input.role}; rm -rf .causeway-terraform-${self.input.role}",
    ]
  }
}
