UPDATE department SET from_name = '%{operator} of %{title}' WHERE id = 1;
